import '@jupyter-tandem/lab/style/index.js';
