/* The least that a program can do; linked statically, so that its own start costs as little as can be. */
int main(void) { return 0; }
