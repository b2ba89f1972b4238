# needs torch
# needs /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
# Inputs as spikes in time, from the model to the runs: the engines agree, the
# seed decides, and the size of the batches does not matter.
data=fashion-mnist
test=$data,split=test,samples=8
nc-calibrate $DATA/fashion_cnn.pt --data $data -q --samples 64 --validation 0 |
  nc-fold - -o folded.snn
for encoding in rate latency; do
  nc-spike folded.snn -T 8 --encoding $encoding --limits loihi2 -o net.snn
  nc-spike folded.snn -T 8 --encoding $encoding --limits loihi2 -o again.snn
  cmp net.snn again.snn && echo "$encoding: same bytes"
  nc-dis net.snn | head -1
  run() { nc-run net.snn --data $test --hash -q "$@" | grep '^spikes of'; }
  for engine in reference torch loihi; do
    nc-run net.snn --verify --engine $engine
    run --engine $engine > $engine.txt
    run --engine $engine --batch 3 | cmp - $engine.txt
    run --engine $engine --seed 5 > $engine.5.txt
  done
  cmp reference.txt torch.txt && cmp reference.txt loihi.txt &&
    echo "$encoding: engines agree"
  cmp reference.5.txt torch.5.txt && cmp reference.5.txt loihi.5.txt &&
    echo "$encoding: engines agree with another seed"
  cmp -s reference.txt reference.5.txt
  echo "$encoding: another seed gives other spikes: $?"
done
nc-run net.snn --data $test -q --engine reference | head -1 |
  sed "s/, [0-9.]* s$//"
nc-spike folded.snn -T 8 --encoding rate -o net.snn
nc-run net.snn --data $test -q --seed 5 --engine reference --json - |
  grep -E 'encoding|seed'
nc-run net.snn --data $test -q --seed 5 --engine reference | head -1 |
  sed 's/, [0-9.]* s$//'
for schedule in pipelined exact; do
  nc-spike folded.snn -T 8 --encoding latency --schedule $schedule -o net.snn &&
    nc-run net.snn --verify --engine reference
  echo $?
done
nc-spike folded.snn --encoding events -o net.snn; echo $?
nc-spike folded.snn --encoding loud -o net.snn; echo $?
