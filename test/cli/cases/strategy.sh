# needs torch
# ncc tries strategies on held-out data and takes the cheapest that is good.
python3 "$DATA/../cli/halves.py"
cat > net.txt <<'NET'
snn halves
  in    = input(shape=[1, 4, 4])
  conv  = conv2d(weight=f32[6, 1, 3, 3]{~1}, bias=f32[6]{~2}, stride=[1, 1], padding=[1, 1]) <- in
  norm  = batch_norm(weight=f32[6]{*1}, bias=f32[6]{*0}, mean=f32[6]{*0}, variance=f32[6]{*1}, epsilon=1e-05) <- conv
  relu  = relu() <- norm
  flat  = flatten() <- relu
  fc    = affine(weight=f32[2, 96]{~3}) <- flat
  out   = output() <- fc
NET
nc-as net.txt | nc-finetune - --data train.npz --val-data val.npz --batch 40 --epochs 6 -q -o ann.snn 2> said || cat said
data="--data train.npz -Wcalibrate,--samples,300 -Wfinetune,--epochs,2,--batch,40 -q"
plain() { sed -E 's/[0-9]+\.[0-9]+( %)?/N/g; s/ +/ /g; s/ $//'; }

# What is good enough ends the search; the network is measured and verified.
ncc ann.snn $data --val-data val.npz -T 4 --strategy auto --target-gap 100 -o auto.snn --json auto.json > told 2> said || cat said
plain < said
grep -c '^taken' told
grep -o '"taken": .*\|"good_enough": .*' auto.json
nc-run auto.snn --verify | tail -n 1

# Where every strategy fails nothing is written; wrong words end the search.
ncc ann.snn $data --val-data val.npz -T 4 --strategy auto -Wspike,--bits,32 -o none.snn 2>&1 | plain
ncc ann.snn $data --val-data val.npz -T 4 --strategy auto -Wcalibrate,--hurry -o none.snn
ls none.snn 2>&1

# One by name; and all commands, without running any.
ncc ann.snn $data -T 4 --strategy finetune -o tuned.snn 2> said > told || cat said
nc-dis tuned.snn --history | grep -o 'nc-finetune' | head -n 1
ncc ann.snn $data --val-data val.npz --target-gap 0.5 -o x.snn -### 2>&1 | grep -c 'BIN\|nc-run'

# What cannot be judged is refused.
ncc ann.snn $data --strategy auto -o x.snn
ncc ann.snn --strategy auto -o x.snn
ncc ann.snn $data --val-data val.npz --strategy auto --target=ir -o x.snn
ncc tuned.snn --data train.npz --val-data val.npz --strategy auto -o x.snn
ncc ann.snn $data --strategy luck
ncc ann.snn --strategy finetune
