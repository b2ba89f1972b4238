# needs torch
# needs /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
# A pipe of single programs, files, and the driver give the same bytes.
m=$DATA/fashion_cnn.pt
data=fashion-mnist
# Nothing is held out of one split.
nc-calibrate $DATA/fashion_cnn.pt --method qcfs --data $data,split=train --samples 64 -o no.snn
nc-calibrate $DATA/fashion_cnn.pt --data $data,split=train --samples 64 --validation 100 -o train.snn
nc-dis train.snn --history | grep quantised; rm train.snn
nc-calibrate $m --data $data -q --samples 64 --validation 0 -o - |
  nc-fold - -o - | nc-spike - -T 8 -o - > pipe.snn
nc-calibrate $m --data $data -q --samples 64 --validation 0 -o 1.snn
nc-fold 1.snn -o 2.snn
nc-spike 2.snn -T 8 -o files.snn
ncc $m --target=ir --data $data -T 8 -q -o driver.snn \
  -Wcalibrate,--samples,64,--validation,0 > /dev/null
cmp pipe.snn files.snn && cmp pipe.snn driver.snn && echo same bytes
nc-calibrate $m --data $data -T 4 --neuron signed-if -q --samples 64 \
  --validation 0 | nc-fold - | nc-spike - -T 4 --neuron signed-if --bits 6 \
  --limits loihi2 > pipe.snn
ncc $m --target=loihi-sim --data $data -T 4 --bits 6 -q -o loihi.snn \
  -Wcalibrate,--samples,64,--validation,0 --stop-after=spike > /dev/null
cmp pipe.snn loihi.snn && echo same bytes for a chip
nc-run - --verify --engine loihi < pipe.snn
for engine in reference torch; do
  nc-run driver.snn --verify --engine $engine
done
nc-run driver.snn --data $data,split=test,samples=200 --engine reference -q \
  --json a.json --outputs a.h5 > /dev/null
nc-run driver.snn --data $data,split=test,samples=200 --engine torch -q \
  --json b.json --outputs b.h5 > /dev/null
cmp a.h5 b.h5 && echo same outputs
echo '-- calibration does not depend on the number of threads'
for threads in 1 3; do
  OMP_NUM_THREADS=$threads nc-calibrate $DATA/fashion_cnn.pt --data $data \
    --samples 64 --validation 0 -q -o threads$threads.snn
done
cmp threads1.snn threads3.snn && echo same bytes
