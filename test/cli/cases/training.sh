# needs torch
# Training through the programs: qcfs, fine-tuning, interruption and resuming.
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
nc-as net.txt -o ann.snn
data="--data train.npz --val-data val.npz --batch 40 -q"

# Thresholds and weights together.
qcfs="nc-calibrate ann.snn --method qcfs -T 4 $data --samples 300 --epochs 6 --augment crop:1"
$qcfs --checkpoint . -o qcfs.snn 2> said || cat said
grep -o 'nc-calibrate: on 60 validation samples' said
nc-dis qcfs.snn --history | grep -c 'best_epoch'
nc-fold qcfs.snn | nc-spike - -T 4 -o net.snn

# The source teaches, unless someone else is named: here a twin, which knows the
# same, and the trained network, which knows more.
$qcfs --distill 0.5 -o source.snn 2> said || cat said
cp ann.snn twin.snn
$qcfs --distill 0.5 --teacher twin.snn -o twins.snn 2> said || cat said
$qcfs --distill 0.5 --teacher qcfs.snn -o other.snn 2> said || cat said
same() { ! nc-dis source.snn --diff "$1" | grep -qv '^history'; }
same twins.snn && echo as the source teaches
same other.snn || echo as another teaches

# What is trained is what is deployed.
tune="nc-finetune net.snn $data --epochs 6 --lr 0.01 --train-thresholds"
$tune -o tuned.snn 2> said || cat said
trained=$(sed 's/.*best \([0-9.]*\) %.*/\1/' said)
nc-run tuned.snn --data val.npz -q > ran
grep -q "$trained %" ran && echo the accuracy that training told is that of nc-run
python3 -c "print('learned' if $trained > 75 else 'did not learn: $trained')"
nc-run tuned.snn --verify --engine reference
nc-run tuned.snn --verify --engine torch
cmp -s net.snn tuned.snn || echo changed

# Interrupted as soon as there is a checkpoint, and resumed.
long="nc-finetune net.snn $data --epochs 10 --lr 0.01 --seed 3 --log log"
$long -o whole.snn 2> /dev/null; rm log
mkdir place
$long --checkpoint place --checkpoint-steps 1 -o parts.snn 2> said &
until [ -e place/checkpoint.npz ] || ! kill -0 $!; do sleep 0.01; done
kill -INT $!; wait $!; echo "status $?"; ls parts.snn 2>&1
sed 's/step [0-9]* of/step N of/; s#place/#PLACE/#' said | grep -v epoch
$long --checkpoint place --resume -o parts.snn 2> said || cat said
cmp whole.snn parts.snn && echo the same bytes as without the interruption
tail -n 1 log | grep -o '"epoch":10'

# What does not fit is refused.
nc-finetune net.snn $data --epochs 11 --lr 0.01 --seed 3 --checkpoint place --resume
nc-finetune net.snn $data --resume
nc-finetune net.snn $data --checkpoint nowhere --checkpoint-steps 1
nc-finetune net.snn $data --surrogate step
nc-finetune net.snn $data --optimizer adam
nc-finetune net.snn $data --augment flop
nc-finetune net.snn $data --distill 0.5
nc-calibrate ann.snn --method qcfs $data --samples 300 --teacher twin.snn
nc-calibrate ann.snn --method qcfs $data --samples 300 --distill 0.5 --teacher no.snn
nc-finetune net.snn $data --precision bf16
nc-finetune net.snn $data --log no/such/log
nc-calibrate ann.snn --method qcfs $data --bias-correction on
nc-calibrate ann.snn --method qcfs
nc-calibrate ann.snn $data --samples 300 --epochs 3 -o out.snn
