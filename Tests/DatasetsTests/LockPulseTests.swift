@testable internal import Datasets
internal import Foundation
internal import Synchronization
internal import TensorCore
internal import Testing

/// Locks that owners on other machines left, or hold.
@Suite("Locks of other machines")
struct LockPulseTests {
    private static func owner(_ host: String, pulse: Bool) -> Data {
        let end = pulse ? #", "pulse": 2}"# : "}"
        return Data((#"{"process": 12, "host": "\#(host)", "command": "train", "since": "yesterday""# + end).utf8)
    }

    @Test("An owner elsewhere that gives no sign is gone; one whose file moves on, and one that never gave signs, are not")
    func silence() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let file = folder.appending(path: ".lock")
            try Self.owner("another-machine", pulse: false).write(to: file)
            #expect(throws: RunError.self) { try RunLock(folder, command: "test", patience: 0.2) }
            try Self.owner("another-machine", pulse: true).write(to: file)
            do {
                let lock = try RunLock(folder, command: "test", patience: 0.2)
                #expect(lock.stale?.host == "another-machine" && lock.stale?.process == 12)
                try lock.check()
            }
            #expect(!FileManager.default.fileExists(atPath: file.path))
            try Self.owner("another-machine", pulse: true).write(to: file)
            let pulse = LockPulse(file, interval: 0.05) { false }
            let error = #expect(throws: RunError.self) { try RunLock(folder, command: "test", patience: 30) }
            #expect(error?.description.contains("another-machine") == true)
            pulse.stop()
        }
    }

    @Test("A lock's owner gives signs, on another machine's clock or not, until it stops")
    func signs() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let lock = try RunLock(folder, command: "test")
            #expect(!LockPulse.isSilent(folder.appending(path: ".lock"), for: 30))
            _ = lock
            let file = folder.appending(path: "other")
            try Data().write(to: file)
            #expect(LockPulse.isSilent(file, for: 0.1))
            // A clock that is years behind moves the date as well.
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 5e9)], ofItemAtPath: file.path)
            let pulse = LockPulse(file, interval: 0.02) { false }
            #expect(!LockPulse.isSilent(file, for: 30))
            pulse.stop()
        }
    }

    @Test("A run whose folder was taken over while it stood still writes no more and leaves the other's lock")
    func takenOver() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let file = folder.appending(path: "out/.lock")
            do {
                let run = try RunFolder(folder.appending(path: "out").path, command: "test")
                try Self.owner("another-machine", pulse: true).write(to: file)
                let end = Date(timeIntervalSinceNow: 60)
                var error: DatasetError?
                while error == nil && Date() < end {
                    do throws(DatasetError) { _ = try run.file("a.txt") } catch let found { error = found }
                    Thread.sleep(forTimeInterval: 0.05)
                }
                #expect(error?.description.contains("process 12 on another-machine") == true)
                #expect(throws: DatasetError.self) {
                    try run.write(RunManifest(command: "test", settings: ["a"], started: Date()))
                }
            }
            #expect(FileManager.default.fileExists(atPath: file.path))
        }
    }
}
