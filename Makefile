# Thin: the build is Meson's (HACKING.md). `make demo` and `make test` need nothing but a Debian machine.

BUILD ?= build
PREFIX ?= $(or $(prefix),/usr/local)
MESON_OPTIONS ?= --werror

all: $(BUILD)/build.ninja
	@meson compile -C $(BUILD) cscplate:executable

$(BUILD)/build.ninja:
	@meson setup --prefix=$(PREFIX) $(MESON_OPTIONS) $(BUILD)

# The main job on real input: a real image, a database from the mirror's own security suite, a scan.
demo:
	@tools/need build demo
	@$(MAKE) --no-print-directory all >/dev/null
	@tools/demo $(BUILD)

# Everything that CI runs.
test:
	@tools/need build man demo test
	@tests/run

# What takes longer than CI should: 100,000 version pairs against the native tools, and the like.
slow:
	@tools/need build man demo test
	@CSCPLATE_SLOW=1 tests/run --only-slow

bench:
	@tools/need build demo bench
	@meson setup --buildtype=release build-bench >/dev/null 2>&1 || meson setup --reconfigure build-bench >/dev/null
	@meson compile -C build-bench cscplate:executable match:executable object_checks:executable \
		yaml_load:executable
	@bench/run --binary build-bench/cscplate $(BENCH)

# Every fuzz target for FUZZ_SECONDS each, with clang's libFuzzer, ASan and UBSan.
FUZZ_SECONDS ?= 60
fuzz:
	@tools/need build test
	@tools/fuzz $(FUZZ_SECONDS)

install: $(BUILD)/build.ninja
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@meson compile -C $(BUILD) cscplate:executable
	@DESTDIR=$(and $(DESTDIR),$(abspath $(DESTDIR))) meson install --no-rebuild -C $(BUILD)

clean:
	rm -rf $(BUILD) build-asan build-bench build-coverage build-fuzz

.PHONY: all demo test slow bench fuzz install clean
