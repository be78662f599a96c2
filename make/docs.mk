# Documents made from the option tables: `make docs` writes them, check-docs compares. Completion scripts,
# embedded into kelp.

DOCS := $(call layer_sources,src/docs)

$(BUILD)/kelp-docs: $(call objects,$(DOCS)) $(ARCHIVES)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -ldl -lpthread

.PHONY: docs
docs: $(BUILD)/kelp-docs
	@rm -f docs/man/*.[15]
	@$(BUILD)/kelp-docs docs docs/man/src

COMPLETION_BASH := completions/kelp.bash
COMPLETION_ZSH  := completions/_kelp
COMPLETION_FISH := completions/kelp.fish
COMPLETIONS     := $(COMPLETION_BASH) $(COMPLETION_ZSH) $(COMPLETION_FISH)

$(BUILD)/gen/completion_bash.inc: $(COMPLETION_BASH)
$(BUILD)/gen/completion_zsh.inc: $(COMPLETION_ZSH)
$(BUILD)/gen/completion_fish.inc: $(COMPLETION_FISH)
$(BUILD)/gen/completion_%.inc:
	@mkdir -p $(@D)
	@od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' > $@
	@echo 0 >> $@

$(BUILD)/obj/cli/completion.o: $(BUILD)/gen/completion_bash.inc $(BUILD)/gen/completion_zsh.inc \
                               $(BUILD)/gen/completion_fish.inc
