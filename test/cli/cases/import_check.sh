# needs torch
nc-import $DATA/fashion_cnn.pt --check
nc-import $DATA/torchscript/refused/layer_norm_traced.pt --check; echo $?
nc-import $DATA/torchscript/refused/layer_norm_traced.pt -o out.snn; echo $?
nc-import $DATA/torchscript/refused/state_dict.pt -o out.snn; echo $?
ls
