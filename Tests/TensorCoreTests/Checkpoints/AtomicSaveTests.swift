import Foundation
import TensorCore
import Testing

/// A save leaves the whole file or what was there before, and nothing beside it.
@Suite struct AtomicSaveTests {
    private static let state = StateDict(["weight": Tensor(ones: [1000])])

    static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    static func contents(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func replacesAnOlderFile() throws {
        try Self.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("model.safetensors")
            try Safetensors.save(StateDict(["old": Tensor(1)]), to: url)
            try Safetensors.save(Self.state, to: url)
            #expect(try Safetensors.load(contentsOf: url).names == ["weight"])
            #expect(try Self.contents(folder) == ["model.safetensors"])
        }
    }

    @Test func missingFolder() throws {
        try Self.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("nowhere/model.safetensors")
            let error = #expect(throws: CheckpointError.self) { try Safetensors.save(Self.state, to: url) }
            #expect(error?.description.hasPrefix(url.path + ": cannot be written") == true)
            #expect(try Self.contents(folder).isEmpty)
        }
    }

    @Test func aFolderStandsInTheWay() throws {
        try Self.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("model.safetensors")
            try FileManager.default.createDirectory(
                at: url.appendingPathComponent("inside"), withIntermediateDirectories: true)
            let error = #expect(throws: CheckpointError.self) { try Safetensors.save(Self.state, to: url) }
            #expect(error?.description.contains(url.path) == true)
            #expect(try Self.contents(folder) == ["model.safetensors"])
        }
    }

    /// The process gives up root's rights, which no folder refuses.
    @Test func readOnlyFolder() async {
        await #expect(processExitsWith: .success) {
            try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
                let url = folder.appendingPathComponent("model.safetensors")
                try Data("before".utf8).write(to: url)
                #expect(chmod(folder.path, 0o555) == 0)
                if geteuid() == 0 { #expect(seteuid(65534) == 0) }
                let error = #expect(throws: CheckpointError.self) { try Safetensors.save(AtomicSaveTests.state, to: url) }
                if getuid() == 0 { #expect(seteuid(0) == 0) }
                #expect(error?.description.contains("cannot be written") == true)
                #expect(try AtomicSaveTests.contents(folder) == ["model.safetensors"])
                #expect(try Data(contentsOf: url) == Data("before".utf8))
                #expect(chmod(folder.path, 0o755) == 0)
            }
        }
    }

    /// Writing fails in the middle, as on a full disk: the process may write 1000 bytes a file.
    @Test func fullDisk() async {
        await #expect(processExitsWith: .success) {
            try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
                let url = folder.appendingPathComponent("model.safetensors")
                try Safetensors.save(StateDict(["old": Tensor(1)]), to: url)
                var limit = rlimit()
                #if os(Linux)
                let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
                #else
                let resource = RLIMIT_FSIZE
                #endif
                getrlimit(resource, &limit)
                limit.rlim_cur = 1000
                signal(SIGXFSZ, SIG_IGN)
                #expect(setrlimit(resource, &limit) == 0)
                let error = #expect(throws: CheckpointError.self) { try Safetensors.save(AtomicSaveTests.state, to: url) }
                #expect(error?.description.contains("cannot be written") == true)
                limit.rlim_cur = limit.rlim_max
                setrlimit(resource, &limit)
                #expect(try AtomicSaveTests.contents(folder) == ["model.safetensors"])
                #expect(try Safetensors.load(contentsOf: url).names == ["old"])
            }
        }
    }

    @Test func concurrentSavesOfOneFile() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent("model.safetensors")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in 0..<4 {
                group.addTask {
                    for _ in 0..<10 {
                        let state = StateDict(["x": Tensor(repeating: Double(value), shape: [5000])])
                        try Safetensors.save(state, to: url)
                    }
                }
            }
            try await group.waitForAll()
        }
        let values = Set(try Safetensors.load(contentsOf: url).golden("x").scalars)
        #expect(values.count == 1)
        #expect(try Self.contents(folder) == ["model.safetensors"])
    }

    @Test func missingFilesAreNamed() {
        let url = URL(fileURLWithPath: "/nowhere/model.safetensors")
        let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: url) }
        #expect(error?.description.hasPrefix("/nowhere/model.safetensors: cannot be read") == true)
    }

    @Test func aFolderIsNoCheckpoint() throws {
        try Self.withFolder { (folder: URL) throws -> Void in
            let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: folder) }
            #expect(error?.description.contains(folder.path) == true)
        }
    }
}
