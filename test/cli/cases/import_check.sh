# needs torch
nc-import $DATA/fashion_cnn.pt --check
nc-import $DATA/torchscript/refused/refused_layer_norm_traced.pt --input-shape 4,8 --check; echo $?
nc-import $DATA/torchscript/refused/refused_layer_norm_traced.pt --input-shape 4,8 -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_state_dict.pt -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_pickled_module.pt -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_quantized.pt -o out.snn; echo $?
ls
# What has no neurons runs as an ANN, and stops a compilation.
smooth=$DATA/torchscript/accepted/smooth_activations_traced.pt
shape="--input-shape 4,8,6"
nc-import $smooth $shape --check; echo $?
nc-import $smooth $shape --check --spiking | tail -1
ncc $smooth $shape --check > table.txt; echo $?
nc-import $smooth $shape --check --spiking | cmp - table.txt
ncc $smooth $shape -o net.snn; echo $?
nc-import $smooth $shape --spiking; echo $?
