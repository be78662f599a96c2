/* Runs a fuzz target over the files named on the command line; with -DLIBFUZZER libFuzzer does. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i++) {
                static uint8_t data[1 << 20];
                FILE *file = fopen(argv[i], "rb");
                size_t n;

                if (!file)
                        return 1;
                n = fread(data, 1, sizeof(data), file);
                fclose(file);
                LLVMFuzzerTestOneInput(data, n);
        }
        return 0;
}
