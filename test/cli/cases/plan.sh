# The driver's plan, printed and not run.
: > model.pt; printf 'PK\003\004' > model.pt
ncc model.pt -### --target=loihi-sim --data fashion-mnist -T 16 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ncc model.pt -### --target=ir -o out.snn --data 'mnist:my data' -Wspike,--bits,4 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ncc model.pt -### --target=nir --data mnist:DIR -Wexport,--profile,norse 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ncc model.pt -### --stop-after=fold -o folded.snn 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ncc model.pt -### --schedule exact -save-temps -o here/out.snn
ncc model.pt -### --data nmnist:DIR -T 4 2>&1 | grep -o -e '--data [^ ]*'
ncc model.pt -### --target=hls -save-temps -Wexport,--io,stream
ncc model.pt -### -Wnowhere,--bits,4; echo $?
ls
