# Only the library that is loaded on demand links LibTorch.
for tool in nc-import nc-calibrate nc-finetune nc-fold nc-spike nc-run nc-as nc-dis ncc; do
  echo "$tool $(ldd $BIN/$tool | cut -d' ' -f1 | grep -c -E 'torch|c10')"
done
