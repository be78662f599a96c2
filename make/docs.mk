# Documents made from the option tables: `make docs` writes them, check-docs compares.

DOCS := $(call layer_sources,src/docs)

$(BUILD)/kelp-docs: $(call objects,$(DOCS)) $(ARCHIVES)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -ldl -lpthread

.PHONY: docs
docs: $(BUILD)/kelp-docs
	@$(BUILD)/kelp-docs docs
