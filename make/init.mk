# The static start stub, embedded into kelp: src/init/init.c says what it is for.

INIT_CFLAGS := -std=gnu11 -Os -Wall -Wextra -static -nostdlib -ffreestanding -fno-stack-protector \
               -fno-pie -fno-asynchronous-unwind-tables -fcf-protection=none \
               -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,noseparate-code -s

ifneq ($(shell uname -m),x86_64)
INIT_CFLAGS := $(filter-out -fcf-protection=none,$(INIT_CFLAGS))
endif

$(BUILD)/kelp-init: src/init/init.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(INIT_CFLAGS) -o $@ $<

$(BUILD)/gen/init_blob.inc: $(BUILD)/kelp-init
	@mkdir -p $(@D)
	@od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' > $@

$(BUILD)/obj/engine/runtime/init_blob.o: $(BUILD)/gen/init_blob.inc
