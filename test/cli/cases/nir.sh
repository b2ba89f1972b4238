# NIR files: what they hold, how they are run, what they become.
nir=$DATA/nir
tail_of() { sed 's/, [0-9.]* s$//'; }
nc-import $nir/recurrent.nir --check
nc-import $nir/recurrent.nir --dt 1e-3 -T 20 -o net.snn
nc-dis net.snn
nc-import $nir/recurrent.nir --dt 1e-3 --discretisation exponential \
  --nir-reset zero -T 4 | nc-dis - | grep -E 'lif|decay|; '
# T is what the data have; both engines of real numbers agree.
for engine in cpu reference; do
  nc-run $nir/recurrent.nir --dt 1e-3 --data $nir/frames.npz -q --hash \
    --engine $engine | tail_of
done
nc-run net.snn --data $nir/frames.npz -q --engine reference | head -1 | tail_of
nc-run $nir/recurrent.nir --dt 1e-3 -T 7 --data $nir/frames.npz -q; echo $?
nc-run net.snn -T 7 --data $nir/frames.npz -q; echo $?
nc-run $nir/recurrent.nir --dt 0.05 --data $nir/frames.npz -q; echo $?
nc-run $nir/recurrent.nir --dt 0 --data $nir/frames.npz -q; echo $?
nc-run $nir/recurrent.nir --nir-reset soft --data $nir/frames.npz; echo $?
# A network of real numbers becomes one of integers, for the chip, too.
ncc $nir/conv.nir --target=loihi-sim -T 10 --data $nir/spikes.npz -q \
  -o chip.snn -### 2>&1 | sed "s,/[^ ]*/ncc-[^/]*,TMP,"
ncc $nir/conv.nir --target=loihi-sim -T 10 --data $nir/spikes.npz -q \
  -o chip.snn > /dev/null && nc-dis chip.snn | head -1
nc-run chip.snn --verify --engine loihi
nc-run chip.snn --verify --engine cpu
ncc $nir/conv.nir --target=loihi-sim -T 10 -q -o none.snn > /dev/null; echo $?
ncc $nir/conv.nir --target=cpu -T 10 --bits float -q -o real.snn > /dev/null
nc-dis real.snn | head -3
# What is broken is answered.
head -c 9000 $nir/conv.nir > cut.nir
nc-import cut.nir; echo $?
head -c 5000 net.snn > cut.snn
nc-import cut.snn; echo $?
printf '\x89HDF\r\n\x1a\n' > bare.nir
nc-run bare.nir --data $nir/frames.npz; echo $?
ls
