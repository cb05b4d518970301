internal import Foundation

/// Everything that the parts share.
struct Torture {
    /// This program.
    var program: String
    /// The command.
    var fss: String
    /// Where all files lie.
    var folder: URL
    var seed: UInt64
    var report: Report

    /// A photo, a model and finished runs.
    var fixture: URL { folder.appendingPathComponent("fixture") }

    /// Runs the command to its end.
    func run(_ words: [String], in place: URL, fileLimit: Int? = nil, seconds: Double = 180) throws -> ChildProcess.Ending {
        try ChildProcess(fss, words, in: place, fileLimit: fileLimit).wait(seconds: seconds)
    }

    /// A new folder with the fixture's files and nothing else.
    func workplace(_ name: String) throws -> URL {
        let place = folder.appendingPathComponent(name)
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for file in Fixture.files {
            try FileManager.default.copyItem(
                at: fixture.appendingPathComponent(file), to: place.appendingPathComponent(file))
        }
        return place
    }

    /// Makes the fixture: files in a process of their own, so that this one stays small, and a run of every command.
    func prepare() throws {
        try FileManager.default.createDirectory(at: fixture, withIntermediateDirectories: true)
        let made = try ChildProcess(program, ["fixture", fixture.path], in: folder).wait()
        guard made.status == 0 else { throw TortureError("no fixture: \(made.tail)") }
        let runs = [
            ("predicted", Command.predict(photos: 2)), ("trained", Command.decoder(steps: 2)), ("evaluated", Command.evaluate),
        ]
        for (name, command) in runs {
            let ending = try run(command.begin + ["--out", name], in: fixture)
            guard ending.status == 0 else { throw TortureError("\(command.name) ends with \(ending.status): \(ending.tail)") }
        }
    }
}

/// Files and folders below a folder.
enum Tree {
    /// Relative paths of all files.
    static func files(_ folder: URL) -> [String] {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
            return exists && !isFolder.boolValue
        }.sorted()
    }

    /// What a run that is over must not leave: locks, files that were being written, folders under a name of passage.
    static func leftovers(_ folder: URL) -> [String] {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            let name = path.split(separator: "/").last ?? ""
            return name == ".lock" || name.hasSuffix(".tmp") || name.contains(".partial-")
        }
    }

    /// The first file that differs between two folders, of those that are the same bytes in every run; nil where none does.
    static func difference(_ first: URL, _ second: URL) -> String? {
        let names = [first, second].map { files($0).filter(isReproducible) }
        if let odd = Set(names[0]).symmetricDifference(names[1]).min() { return "\(odd) is in one of them only" }
        return names[0].first { name in
            !FileManager.default.contentsEqual(
                atPath: first.appendingPathComponent(name).path, andPath: second.appendingPathComponent(name).path)
        }
    }

    /// Manifests say when a run was, tables of steps how long they took, metrics where the folder is.
    private static func isReproducible(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return !["manifest.json", "metrics.json", "metrics.csv", "results.jsonl", "cells.jsonl"].contains(name)
            && !name.hasSuffix(".html") && !name.hasSuffix(".md")
    }
}
