// A library that is no plugin: it lacks the entry symbol, L05.

extern "C" int nothing_of_interest() { return 1; }
