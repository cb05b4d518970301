import Foundation
import Testing

/// The set-up script on machines that lack something; nothing is installed here.
@Suite("Setting up a fresh machine")
struct BootstrapTests {
    private static let script = "Scripts/bootstrap.sh"
    private static let debian = [
        "libdnnl-dev", "libjpeg62-turbo-dev", "libpng-dev", "libsimdjson-dev", "libmatio-dev", "libmicrohttpd-dev",
        "zlib1g-dev", "libgomp1", "git",
    ]

    /// A Debian-like machine with `installed` packages and an archive that has `available`.
    private static func prepare(
        _ machine: borrowing StubbedMachine, installed: [String], available: [String], user: Int = 0,
        hasCppLibrary: Bool = true
    ) throws {
        try machine.add("swift")
        try machine.add("id", "echo \(user)")
        try machine.add(
            "dpkg-query", "case \" \(installed.joined(separator: " ")) \" in *\" $3 \"*) printf installed ;; *) exit 1 ;; esac")
        try machine.add("apt-cache", "case \" \(available.joined(separator: " ")) \" in *\" $2 \"*) ;; *) exit 100 ;; esac")
        try machine.add("apt-get")
        let selected = "echo 'Selected GCC installation: /usr/lib/gcc/x86_64-linux-gnu/13' >&2"
        try machine.add("clang++", "[ \"$1\" != -v ] || { \(selected); exit 0; }\n\(hasCppLibrary ? "exit 0" : "exit 1")")
    }

    @Test("Nothing is done and nothing is said where all is there")
    func complete() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: Self.debian, available: [])
        let result = try machine.run(Self.script)
        #expect(result.status == 0)
        #expect(result.messages == "")
        #expect(!result.calls.contains { $0.hasPrefix("apt-get") })
    }

    @Test("A missing package is announced, then installed after an update")
    func missing() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: Self.debian.filter { $0 != "libdnnl-dev" }, available: Self.debian)
        let result = try machine.run(Self.script)
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.messages.contains("missing system packages: libdnnl-dev"))
        #expect(result.messages.contains("apt-get install --yes --no-install-recommends libdnnl-dev"))
        let calls = result.calls.filter { $0.hasPrefix("apt-get") }
        #expect(calls == ["apt-get update -qq", "apt-get install --yes --no-install-recommends libdnnl-dev"])
    }

    @Test("Ubuntu's name of libjpeg-turbo is taken where Debian's is not in the archive")
    func ubuntu() throws {
        let machine = try StubbedMachine()
        try Self.prepare(
            machine, installed: Self.debian.filter { $0 != "libjpeg62-turbo-dev" },
            available: ["libjpeg-turbo8-dev", "libjpeg-dev"])
        let result = try machine.run(Self.script)
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.calls.last == "apt-get install --yes --no-install-recommends libjpeg-turbo8-dev")
    }

    @Test("sudo is used by everybody but root")
    func sudo() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: [], available: Self.debian, user: 1000)
        try machine.add("sudo", "\"$@\"")
        let result = try machine.run(Self.script)
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.calls.contains("sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq"))
        #expect(result.calls.last == "apt-get install --yes --no-install-recommends \(Self.debian.joined(separator: " "))")
    }

    @Test("Without root and sudo the command to run is printed and nothing is tried")
    func noSudo() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: [], available: Self.debian, user: 1000)
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(
            result.messages.contains("apt-get install \(Self.debian.joined(separator: " "))"))
        #expect(!result.calls.contains { $0.hasPrefix("apt-get") })
    }

    @Test("A C++ library for the GCC installation that clang selects is installed where there is none")
    func cppLibrary() throws {
        let machine = try StubbedMachine()
        let available = ["libstdc++-14-dev", "libstdc++-13-dev", "libstdc++-12-dev"]
        try Self.prepare(machine, installed: Self.debian, available: available, hasCppLibrary: false)
        let result = try machine.run(Self.script)
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.calls.last == "apt-get install --yes --no-install-recommends libstdc++-13-dev")
    }

    @Test("A package that no archive has stops the set-up with its name")
    func unavailable() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: Self.debian.filter { $0 != "libdnnl-dev" }, available: [])
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(result.messages.contains("no package libdnnl-dev in this distribution's archive"))
        #expect(!result.calls.contains { $0.hasPrefix("apt-get install") })
    }

    @Test("MPI is installed on demand, beside what is missing otherwise")
    func mpi() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: Self.debian, available: ["libopenmpi-dev", "openmpi-bin"])
        let result = try machine.run(Self.script, ["--with", "mpi"])
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.calls.last == "apt-get install --yes --no-install-recommends libopenmpi-dev openmpi-bin")
        let complete = try StubbedMachine()
        try Self.prepare(complete, installed: Self.debian, available: [])
        #expect(try complete.run(Self.script).status == 0)
        #expect(try complete.run(Self.script, ["--check", "--with", "mpi"]).status == 1)
        let wrong = try complete.run(Self.script, ["--with", "sofa"])
        #expect(wrong.status == 1 && wrong.messages.contains("--with takes mpi"))
    }

    @Test("A browser is installed on demand alone, and left alone where there is one")
    func browser() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: [], available: ["chromium", "fonts-dejavu-core"] + Self.debian)
        let result = try machine.run(Self.script, ["--browser"])
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.calls.last == "apt-get install --yes --no-install-recommends chromium fonts-dejavu-core")
        let complete = try StubbedMachine()
        try Self.prepare(complete, installed: [], available: [])
        try complete.add("chromium")
        #expect(try complete.run(Self.script, ["--browser"]).status == 0)
        #expect(try !complete.run(Self.script, ["--browser"]).calls.contains { $0.hasPrefix("apt-get") })
        #expect(try complete.run(Self.script, ["--sofa"]).status == 1)
    }

    @Test("A failing apt-get fails the set-up")
    func failing() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: [], available: Self.debian)
        try machine.add("apt-get", "[ \"$1\" = update ]")
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(result.messages.contains("apt-get install failed"))
    }

    @Test("A system without apt-get is told what to install")
    func otherSystem() throws {
        let machine = try StubbedMachine()
        try machine.add("swift")
        try machine.add("clang++", "exit 1")
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(result.messages.contains("this system has no apt-get"))
        #expect(result.messages.contains("libjpeg-turbo-devel"))
        #expect(result.messages.contains("<simdjson.h>"))
        #expect(result.messages.contains("simdjson-devel"))
        #expect(result.messages.contains("<matio.h>"))
        #expect(result.messages.contains("matio-devel"))
        #expect(result.messages.contains("<microhttpd.h>"))
        #expect(result.messages.contains("libmicrohttpd-devel"))
    }

    @Test("A system without apt-get that has every header is left alone")
    func otherCompleteSystem() throws {
        let machine = try StubbedMachine()
        try machine.add("swift")
        try machine.add("clang++")
        let result = try machine.run(Self.script)
        #expect(result.status == 0)
        #expect(result.messages == "")
    }

    @Test("A machine without Swift is told where to get it")
    func noSwift() throws {
        let machine = try StubbedMachine()
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(result.messages.contains("https://swift.org/install"))
    }

    @Test("A toolchain that lacks its own libraries is named as the problem")
    func brokenSwift() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: Self.debian, available: [])
        try machine.add("swift", "echo 'swift: error while loading shared libraries: libncurses.so.6' >&2; exit 127")
        let result = try machine.run(Self.script)
        #expect(result.status == 1)
        #expect(result.messages.contains("swift does not run: swift: error while loading shared libraries: libncurses.so.6"))
    }

    @Test("--check reports and installs nothing")
    func check() throws {
        let machine = try StubbedMachine()
        try Self.prepare(machine, installed: [], available: Self.debian)
        let result = try machine.run(Self.script, ["--check"])
        #expect(result.status == 1)
        #expect(result.messages.contains("missing system packages: libdnnl-dev libjpeg62-turbo-dev or libjpeg-turbo8-dev"))
        #expect(!result.calls.contains { $0.hasPrefix("apt-get") })
    }
}
