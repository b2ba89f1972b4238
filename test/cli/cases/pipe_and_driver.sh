# needs torch
# needs /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
# A pipe of single programs, files, and the driver give the same bytes.
m=$DATA/fashion_cnn.pt
data=fashion-mnist
nc-calibrate $m --data $data -q --samples 64 --validation 0 -o - |
  nc-fold - -o - | nc-spike - -T 8 -o - > pipe.snn
nc-calibrate $m --data $data -q --samples 64 --validation 0 -o 1.snn
nc-fold 1.snn -o 2.snn
nc-spike 2.snn -T 8 -o files.snn
ncc $m --target=ir --data $data -T 8 -q -o driver.snn \
  -Wcalibrate,--samples,64,--validation,0 > /dev/null
cmp pipe.snn files.snn && cmp pipe.snn driver.snn && echo same bytes
for engine in reference torch; do
  nc-run driver.snn --verify --engine $engine
done
nc-run driver.snn --data $data,split=test,samples=200 --engine reference -q \
  --json a.json --outputs a.h5 > /dev/null
nc-run driver.snn --data $data,split=test,samples=200 --engine torch -q \
  --json b.json --outputs b.h5 > /dev/null
cmp a.h5 b.h5 && echo same outputs
