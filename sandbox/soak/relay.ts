// The relay as it is started in life, with a gauge in its process.
import './gauge.ts';
import '../../src/main.ts';
