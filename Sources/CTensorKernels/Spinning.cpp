// Bounds how long libgomp's threads spin where they wait for each other.
//
// By default they spin for 300 000 turns, some milliseconds, before they sleep. On a machine with other work that is time in
// which the thread that they wait for cannot run: two threads then take many times as long as one. Some thousand turns cost
// nothing where the cores are free (Docs/Benchmarks.md has the figures) and little where they are not.
//
// libgomp takes the number from the environment alone, in its constructor, which runs before every constructor of this
// program. Functions of an executable's .preinit_array run earlier still, but the C library sets up `environ` after them: what
// they pass to setenv is lost. What lasts is the array of the variables itself, so that one entry that no library reads while it
// starts is exchanged for the length of the constructors. A number or a wait policy of the user's own stands.
//
// In a shared library gold and lld leave the function without effect: there the libraries' user sets GOMP_SPINCOUNT.

#if defined(FSS_ONEDNN) && defined(__linux__)

#include <features.h>

#if defined(__GLIBC__)

#include <unistd.h>

namespace {

char setting[] = "GOMP_SPINCOUNT=3000";
// Written before the constructors, of which compilers believe that nothing runs before.
char *volatile exchanged = nullptr;
// Those that no library reads while it starts.
const char *const exchangeable[] = {"_=", "OLDPWD=", "SHLVL=", "PWD=", "LOGNAME=", "USER=", "HOSTNAME="};

// The C library is not ready when this runs: nothing of it may be called.
bool begins(const char *entry, const char *name) {
    for (; *name; ++name, ++entry) {
        if (*entry != *name) return false;
    }
    return true;
}

void exchange(int, char **, char **variables) {
    for (char **entry = variables; *entry; ++entry) {
        if (begins(*entry, "GOMP_SPINCOUNT=") || begins(*entry, "OMP_WAIT_POLICY=")) return;
    }
    for (const char *name : exchangeable) {
        for (char **entry = variables; *entry; ++entry) {
            if (!begins(*entry, name)) continue;
            exchanged = *entry;
            *entry = setting;
            return;
        }
    }
}

// The libraries' constructors have run. One of them may have copied the array.
__attribute__((constructor)) void restore() {
    if (!exchanged) return;
    for (char **entry = environ; entry && *entry; ++entry) {
        if (*entry == setting) *entry = exchanged;
    }
}

__attribute__((section(".preinit_array"), used)) void (*const first)(int, char **, char **) = exchange;

}

#endif

#endif
