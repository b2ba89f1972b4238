# needs torch
nc-import $DATA/fashion_cnn.pt --check
nc-import $DATA/torchscript/refused/refused_layer_norm_traced.pt --input-shape 4,8 --check; echo $?
nc-import $DATA/torchscript/refused/refused_layer_norm_traced.pt --input-shape 4,8 -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_state_dict.pt -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_pickled_module.pt -o out.snn; echo $?
nc-import $DATA/torchscript/refused/refused_quantized.pt -o out.snn; echo $?
ls
