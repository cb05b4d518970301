internal import Datasets
internal import Foundation
internal import TensorCore
internal import Testing

@Suite("Run folders")
struct RunFolderTests {
    private static func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private static func manifest(_ value: String) -> RunManifest<[String]> {
        RunManifest(
            command: "test", arguments: ["test", "-q"], compute: ComputeRecord(ComputeSettings(precision: .bfloat16, seed: 7)),
            backbones: [BackboneRecord(name: "n", weights: "w", sha256: "s")], settings: [value])
    }

    private static func status(_ place: URL) throws -> String {
        let data = try Data(contentsOf: place.appending(path: "manifest.json"))
        return try JSONDecoder().decode(RunManifest<[String]>.self, from: data).status
    }

    private struct Failure: Error {}

    @Test("A manifest is there from the beginning and says how the run ended; what was written stays")
    func statuses() async throws {
        let ends: [(String, (any Error)?)] = [
            ("finished", nil), ("failed", Failure()), ("interrupted", CancellationError()),
        ]
        try await withTemporaryFolder { (parent: URL) async throws in
            for (name, error) in ends {
                let place = parent.appending(path: name)
                let folder = try RunFolder(place.path, command: "test")
                do {
                    try await folder.run(Self.manifest("a"), since: Date()) { _ in
                        #expect(try Self.status(place) == "running")
                        try TextFile.write("x", to: folder.file("deep/a.txt"))
                        if let error { throw error }
                    }
                } catch {}
                #expect(try Self.status(place) == name)
                #expect(try Self.names(place) == [".lock", "deep", "manifest.json"])
            }
            for (name, _) in ends { #expect(try Self.names(parent.appending(path: name)) == ["deep", "manifest.json"]) }
        }
    }

    @Test("A run that ends before it begins leaves its place as it was")
    func abandoned() throws {
        try withTemporaryFolder { (parent: URL) throws in
            _ = try RunFolder(parent.appending(path: "a/b/out").path, command: "test")
            #expect(try Self.names(parent) == [])
            let empty = parent.appending(path: "empty")
            try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
            _ = try RunFolder(empty.path, command: "test")
            #expect(try Self.names(parent) == ["empty"] && Self.names(empty) == [])
            try RunFolder(empty.path, command: "test").begin(Self.manifest("a"))
            _ = try RunFolder(empty.path, command: "test", force: true)
            #expect(try Self.names(empty) == ["manifest.json"])
        }
    }

    @Test("An earlier run is replaced only by force and only when the new one begins, other folders and files never")
    func taken() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            do {
                let folder = try RunFolder(place.path, command: "test")
                try folder.begin(Self.manifest("a"))
                try TextFile.write("x", to: folder.file("masks/old.png"))
            }
            let error = #expect(throws: RunError.self) { try RunFolder(place.path, command: "test") }
            #expect(error?.description.contains("--force") == true)
            do {
                let folder = try RunFolder(place.path, command: "test", force: true)
                #expect(try Self.names(place) == [".lock", "manifest.json", "masks"])
                try folder.begin(Self.manifest("b"))
            }
            #expect(try Self.names(place) == ["manifest.json"])
            for taken in [parent, place.appending(path: "manifest.json"), place.appending(path: "manifest.json/sub")] {
                let error = #expect(throws: RunError.self) { try RunFolder(taken.path, command: "test", force: true) }
                #expect(error?.description.contains("NSCocoa") == false)
            }
            #expect(try Self.names(parent) == ["out"])
        }
    }

    @Test("A run that is killed while it clears its place can be replaced and continued, without a trace of the earlier one")
    func clearing() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            func killed() throws {
                let folder = try RunFolder(place.path, command: "test", force: true)
                var manifest = Self.manifest("b")
                manifest.status = "clearing"
                try folder.write(manifest)
                try TextFile.write("x", to: folder.file("masks/old.png"))
            }
            try killed()
            try RunFolder(place.path, command: "test", force: true).begin(Self.manifest("c"))
            #expect(try Self.names(place) == ["manifest.json"] && Self.status(place) == "running")
            try killed()
            let folder = try RunFolder(resuming: place.path, command: "test")
            #expect(try Self.names(place) == [".lock", "manifest.json"])
            #expect(try RunManifest<[String]>(of: folder, command: "test").settings == ["b"])
        }
    }

    @Test("A place that cannot be cleared stays a run that is being cleared")
    func uncleared() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            do {
                let folder = try RunFolder(place.path, command: "test")
                try folder.begin(Self.manifest("a"))
                try TextFile.write("x", to: folder.file("masks/old.png"))
            }
            let folder = try RunFolder(place.path, command: "test", force: true)
            // Also who may remove everything cannot remove what is gone.
            try FileManager.default.removeItem(at: place.appending(path: "masks"))
            #expect(throws: DatasetError.self) { try folder.begin(Self.manifest("b")) }
            #expect(try Self.status(place) == "clearing")
        }
    }

    @Test("Links are followed, also to a folder that is not there yet")
    func links() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let (link, target) = (parent.appending(path: "link"), parent.appending(path: "far/target"))
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "far/target")
            let folder = try RunFolder(link.path, command: "test")
            try folder.begin(Self.manifest("a"))
            #expect(folder.url.path == target.path)
            #expect(try Self.names(target).contains("manifest.json"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "far/target")
        }
    }

    @Test("Two runs never work in one folder, and who ended without a word is told of")
    func locks() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            do {
                let first = try RunFolder(place.path, command: "train decoder")
                for force in [false, true] {
                    let error = #expect(throws: RunError.self) { try RunFolder(place.path, command: "predict", force: force) }
                    #expect(error?.description.contains("`fss train decoder` of process") == true, "\(String(describing: error))")
                }
                try first.begin(Self.manifest("a"))
                #expect(throws: RunError.self) { try RunFolder(resuming: place.path, command: "test") }
            }
            let lock = place.appending(path: ".lock")
            let host = ProcessInfo.processInfo.hostName
            for (host, isRefused) in [(host, false), ("another-machine", true)] {
                let owner = #"{"process": 999999999, "host": "\#(host)", "command": "test", "since": "yesterday"}"#
                try Data(owner.utf8).write(to: lock)
                if isRefused {
                    let error = #expect(throws: RunError.self) { try RunFolder(resuming: place.path, command: "test") }
                    #expect(error?.description.contains(lock.path) == true)
                } else {
                    #expect(try RunFolder(resuming: place.path, command: "test").remarks.count == 1)
                }
            }
        }
    }

    @Test("What killed runs left is removed and told, what living processes own is not")
    func leftovers() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            try RunFolder(place.path, command: "test").begin(Self.manifest("a"))
            let own = ".out.partial-\(ProcessInfo.processInfo.processIdentifier)"
            for name in [".out.partial-999999999", own] {
                try FileManager.default.createDirectory(at: parent.appending(path: name), withIntermediateDirectories: true)
            }
            for name in [".state.safetensors.12-ab3.tmp", ".a.tmp", "keep.12-ab3.tmp"] {
                try Data().write(to: place.appending(path: name))
            }
            let folder = try RunFolder(resuming: place.path, command: "test")
            #expect(try Self.names(place) == [".a.tmp", ".lock", "keep.12-ab3.tmp", "manifest.json"])
            #expect(try Self.names(parent) == [own, "out"])
            #expect(folder.remarks.count == 1 && folder.remarks[0].contains(".state.safetensors.12-ab3.tmp"))
        }
    }

    @Test("Another command's run, no run at all and a damaged manifest are refused with the file's name")
    func strange() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            try RunFolder(place.path, command: "test").begin(Self.manifest("a"))
            do {
                let folder = try RunFolder(resuming: place.path, command: "test")
                #expect(try RunManifest<[String]>(of: folder, command: "test").settings == ["a"])
                let error = #expect(throws: RunError.self) { try RunManifest<[String]>(of: folder, command: "predict") }
                #expect(error?.description.contains("fss test") == true)
                #expect(throws: RunError.self) { try RunManifest<Int>(of: folder, command: "test") }
                try Data("{".utf8).write(to: place.appending(path: "manifest.json"))
                #expect(throws: RunError.self) { try RunManifest<[String]>(of: folder, command: "test") }
            }
            #expect(throws: RunError.self) { try RunFolder(resuming: parent.path, command: "test") }
        }
    }

    @Test("A manifest is read as it was written, its computation beside the other fields")
    func manifest() throws {
        let manifest = Self.manifest("a").ended("interrupted", since: Date())
        let text = try TextFile.json(manifest)
        let read = try JSONDecoder().decode(RunManifest<[String]>.self, from: Data(text.utf8))
        #expect(try TextFile.json(read) == text)
        #expect(read.compute == manifest.compute && read.status == "interrupted" && read.seconds != nil)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(fields["precision"] as? String == "bfloat16" && fields["seed"] as? Int == 7)
    }

    @Test("Annotations belong to the photo before them, or to photos in their order")
    func supports() throws {
        let a = try SupportChoice.paired([.photo("a"), .annotation("m"), .annotation("n"), .photo("b"), .annotation("o")])
        #expect(a.map(\.annotations) == [["m", "n"], ["o"]])
        let b = try SupportChoice.paired([.photo("a"), .photo("b"), .annotation("m"), .annotation("n")])
        #expect(b.map(\.image) == ["a", "b"] && b.map(\.annotations) == [["m"], ["n"]])
        let c = try SupportChoice.paired([.annotation("m"), .photo("a")])
        #expect(c == [SupportChoice(image: "a", annotations: ["m"])])
        #expect(throws: RunError.self) { try SupportChoice.paired([.photo("a"), .photo("b"), .annotation("m")]) }
    }
}
