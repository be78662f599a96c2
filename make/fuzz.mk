# Coverage-guided fuzzing with libFuzzer: make fuzz TARGET=tar SECONDS=600. What it finds is written to
# tests/fuzz/corpus/TARGET, which `make check` replays.

TARGET  ?= reference
SECONDS ?= 60
FUZZ_SANITIZE := fuzzer-no-link,address,undefined

.PHONY: fuzz
fuzz:
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang SANITIZE=$(FUZZ_SANITIZE) O=-O1 \
		build-fuzz/libfuzzer/fuzz_$(TARGET)
	@mkdir -p build-fuzz/corpus/$(TARGET) build-fuzz/found
	@build-fuzz/libfuzzer/fuzz_$(TARGET) -max_total_time=$(SECONDS) -timeout=20 -rss_limit_mb=4096 \
		-artifact_prefix=build-fuzz/found/$(TARGET)- -print_final_stats=1 \
		build-fuzz/corpus/$(TARGET) tests/fuzz/corpus/$(TARGET)

$(BUILD)/libfuzzer/%: tests/fuzz/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(ARCHIVES) $(LIBS) -ldl -lpthread
