internal import Datasets
internal import Foundation
internal import Testing

@Suite("Folders of trainings")
struct TrainingFolderTests {
    private static let command = "train test"

    private static func manifest(_ value: String) -> RunManifest<[String]> {
        RunManifest(command: command, settings: [value])
    }

    @Test("A run is continued with the settings and the files that it has, one command at a time")
    func resume() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "run").path
            do {
                let folder = TrainingFolder(["a"], in: try RunFolder(place, command: Self.command))
                #expect(!folder.isResumed && !folder.isFinished)
                try folder.place.begin(Self.manifest("a"))
                try TextFile.write("x", to: folder.file("state"))
                #expect(throws: RunError.self) { try TrainingFolder<[String]>(resuming: place, command: Self.command) }
            }
            for status in ["interrupted", "finished"] {
                let folder = try TrainingFolder<[String]>(resuming: place, command: Self.command)
                #expect(folder.settings == ["a"] && folder.isResumed && !folder.isFinished)
                #expect(try String(contentsOf: folder.file("state"), encoding: .utf8) == "x")
                try folder.place.write(Self.manifest("a").ended(status, since: Date()))
            }
            #expect(try TrainingFolder<[String]>(resuming: place, command: Self.command).isFinished)
            #expect(throws: RunError.self) { try TrainingFolder<[String]>(resuming: place, command: "train other") }
        }
    }

    @Test("A run goes on only with what it began with")
    func unchanged() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let folder = TrainingFolder(["a"], in: try RunFolder(parent.appending(path: "run").path, command: Self.command))
            try folder.requireUnchanged("the list", nil, "1")
            try folder.requireUnchanged("the list", "1", "1")
            let error = #expect(throws: RunError.self) { try folder.requireUnchanged("the list", "1", "2") }
            #expect(error?.description.contains("the list changed") == true)
        }
    }
}

@Suite("Logs of trainings")
struct StepLogTests {
    private static let header = ["step", "a"]

    @Test("A log that is opened again keeps whole rows up to its step and goes on behind them")
    func cut() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let url = parent.appending(path: "log.csv")
            do {
                let log = try StepLog(url, header: Self.header, upTo: 0)
                for step in 1...4 { try log.append([String(step), "x"]) }
            }
            // What a kill leaves of a row.
            let handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("2".utf8))
            let log = try StepLog(url, header: Self.header, upTo: 2)
            #expect(log.kept == [["1", "x"], ["2", "x"]])
            try log.append(["3", "y"])
            #expect(try String(contentsOf: url, encoding: .utf8) == "step,a\n1,x\n2,x\n3,y\n")
            #expect(try StepLog(url, header: Self.header, upTo: 0).kept.isEmpty)
            #expect(try String(contentsOf: url, encoding: .utf8) == "step,a\n")
        }
    }

    @Test("Steps that cannot be read are an error and stay as they are; a log that is gone begins again")
    func unreadable() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let url = parent.appending(path: "log.csv")
            #expect(try StepLog(url, header: Self.header, upTo: 5).kept.isEmpty)
            let damaged = Data([0xff, 0xfe, 0x00, 0xd8])
            try damaged.write(to: url)
            let error = #expect(throws: RunError.self) { try StepLog(url, header: Self.header, upTo: 5) }
            #expect(error?.description.contains("log.csv: found no text that can be read") == true)
            #expect(try Data(contentsOf: url) == damaged)
        }
    }
}

@Suite("Drawn datasets in a run folder")
struct ShapesBuildTests {
    @Test("The manifest says what was drawn")
    func build() async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "fss-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let build = try ShapesBuild(seed: 9, imageSize: 16, imagesPerClass: 2, folds: [1])
        try await build.run(in: RunFolder(parent.appending(path: "set").path, command: "data"), arguments: ["data", "build"])
        let data = try Data(contentsOf: parent.appending(path: "set/manifest.json"))
        let manifest = try JSONDecoder().decode(RunManifest<ShapesBuild>.self, from: data)
        #expect(manifest.settings == build && manifest.command == "data build" && manifest.status == "finished")
        #expect(manifest.compute.seed == 9)
        let photos = try FileManager.default.contentsOfDirectory(atPath: parent.appending(path: "set/JPEGImages").path)
        #expect(photos.count == build.images)
    }

    @Test("A build that lacks images goes on; those that are there stay, and the rest has the same bytes")
    func resumed() async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "fss-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let place = parent.appending(path: "set").path
        let build = try ShapesBuild(seed: 9, imageSize: 16, imagesPerClass: 2, folds: [1])
        let summary = try await build.run(in: RunFolder(place, command: ShapesBuild.command))
        #expect(summary.images == 40 && summary.sets == ["trn": 30, "val": 10])
        let names = try FileManager.default.contentsOfDirectory(atPath: place + "/JPEGImages").sorted()
        let photos = names.map { URL(filePath: place + "/JPEGImages/" + $0) }
        let bytes = try photos.map { try Data(contentsOf: $0) }
        // The first is gone, the second no picture, the third another one that stays.
        try FileManager.default.removeItem(at: photos[0])
        try bytes[1].prefix(20).write(to: photos[1])
        try bytes[3].write(to: photos[2])
        let folder = try RunFolder(resuming: place, command: ShapesBuild.command)
        let again = try ShapesBuild.resuming(folder)
        #expect(again == build)
        try await again.run(in: folder)
        #expect(try photos.map { try Data(contentsOf: $0) } == Array(bytes[..<2]) + [bytes[3]] + Array(bytes[3...]))
    }

    @Test("What cannot be drawn is refused by the name of its option")
    func refusals() {
        for (folds, size, count, name) in [
            ([4], 16, 2, "--fold"), ([0, 0], 16, 2, "--fold"), ([], 16, 2, "--fold"), ([0], 8, 2, "--image-size"),
            ([0], 16, 1, "--images-per-class"),
        ] {
            let error = #expect(throws: RunError.self) {
                try ShapesBuild(imageSize: size, imagesPerClass: count, folds: folds)
            }
            #expect(error?.description.hasPrefix(name) == true)
        }
    }
}
