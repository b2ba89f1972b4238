# A file of torch.export needs no LibTorch, and tells its input shape itself.
nc-import $DATA/pt2/plain_plain.pt2 --check; echo $?
nc-import $DATA/pt2/plain_decomposed.pt2 --check; echo $?
nc-import $DATA/pt2/plain_dynamic.pt2 -o plain.snn; echo $?
nc-dis plain.snn | grep -o 'input(shape=[^]]*]'
nc-import $DATA/pt2/plain_plain.pt2 --input-shape 3,9,6 -o out.snn; echo $?
nc-import $DATA/pt2/several_outputs_plain.pt2 --output-index 1 -o second.snn; echo $?
nc-import $DATA/pt2/refused_layer_norm_plain.pt2 --check; echo $?
nc-import $DATA/pt2/refused_layer_norm_plain.pt2 -o out.snn; echo $?
cp $DATA/pt2/plain_plain.pt2 renamed.pt
nc-import renamed.pt -o renamed.snn; echo $?
ncc $DATA/pt2/plain_plain.pt2 --target=loihi-sim -### 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ls
