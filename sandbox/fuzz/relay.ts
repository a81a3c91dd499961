// The relay as it is started in life, with what a fuzz needs inside its process.
import './inside.ts';
import '../../src/main.ts';
