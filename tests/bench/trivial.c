/* The smallest program; linked statically, so that it starts as fast as possible. */
int main(void) { return 0; }
