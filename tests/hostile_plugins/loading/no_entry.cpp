// A library that is not a plugin: it lacks the entry symbol, L05.

extern "C" int nothing_of_interest() { return 1; }
