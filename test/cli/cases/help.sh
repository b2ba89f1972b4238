# Every program says what it is for, with examples.
for tool in nc-import nc-calibrate nc-finetune nc-fold nc-spike nc-run \
    nc-export-nir nc-hls nc-as nc-dis ncc; do
  $tool --help
done
