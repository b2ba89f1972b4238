nc-fold --version
ncc --version
