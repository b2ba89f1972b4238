# ONNX files, which need no LibTorch.
onnx=$DATA/onnx
nc-import $onnx/plain_legacy_13.onnx --check; echo $?
nc-import $onnx/refused_lstm_legacy_17.onnx --check; echo $?
nc-import $onnx/refused_lstm_legacy_17.onnx -o out.snn; echo $?
nc-import $onnx/log_softmax_end_dynamo_20.onnx -o out.snn; echo $?
nc-import $onnx/plain_legacy_13.onnx --input-shape 3,9,9 -o out.snn; echo $?
nc-import $onnx/plain_dynamo_18.onnx -o net.snn; echo $?
nc-dis net.snn --history
# The data file is missing, lies elsewhere, or is too short.
cp $onnx/plain_dynamo_18.onnx moved.onnx
nc-import moved.onnx -o out.snn; echo $?
sed 's#plain_dynamo_18.onnx.data#../../../../../etc/passwd#g' moved.onnx > outside.onnx
nc-import outside.onnx -o out.snn; echo $?
echo short > plain_dynamo_18.onnx.data
nc-import moved.onnx -o out.snn; echo $?
# What is no ONNX, and what is one by another name.
head -c 500 $onnx/plain_legacy_13.onnx > cut.onnx
nc-import cut.onnx -o out.snn; echo $?
echo 'this is no network' > text.onnx
nc-import text.onnx -o out.snn; echo $?
nc-import absent.onnx -o out.snn; echo $?
cp $onnx/plain_legacy_13.onnx model.bin
nc-import model.bin -o bin.snn; echo $?
ncc model.bin -### --target=loihi-sim --data fashion-mnist -T 16 2>&1 | sed 's#/[^ ]*/ncc-[A-Za-z0-9]*#TEMP#g'
ls
