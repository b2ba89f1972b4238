# needs torch
# ncc --check, and input shapes that models do not tell.
norm=$DATA/torchscript/refused/refused_layer_norm_traced.pt
ncc $norm --check; echo $?
ncc $norm --check --input-shape 4,8; echo $?
ncc $DATA/fashion_cnn.pt --check --input-shape 1,28,28; echo $?
ncc $DATA/fashion_cnn.pt --check --input-shape 1,28,x; echo $?
ncc $DATA/fashion_cnn.pt --check --input-shape 3,28,28; echo $?
ncc $DATA/fashion_cnn.pt --check --input-shape 1,28,28 -### 2>&1
ncc $norm -o out.snn; echo $?
ncc $norm --input-shape 4,8 -o out.snn; echo $?
ncc $DATA/fashion_cnn.pt --input-shape 1,26,26 --stop-after=spike -q -o net.snn \
  > summary.txt; echo $?
nc-dis net.snn | grep -o 'input(shape=[^]]*]'
nc-dis net.snn --history | grep -o 'nc-calibrate .*'
# A graph has its shape, and a spiking network is only run.
nc-import $DATA/fashion_cnn.pt --input-shape 1,28,28 -o graph.snn
ncc graph.snn --input-shape 1,26,26 -o out.snn; echo $?
ncc graph.snn; echo $?
ncc net.snn --input-shape 1,26,26; echo $?
ncc net.snn -o out.snn; echo $?
ncc net.snn --engine reference > summary.txt; echo $?
ls
