internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The owner of a run folder: one process at a time, known by a locked file in it.
///
/// The kernel releases the lock when its process ends, however it ends; the file says to others who holds it. File systems
/// that cannot lock are served by what the file says alone.
final class RunLock: Sendable {
    /// The file's name in the folder.
    static let name = ".lock"

    /// What the file says.
    struct Owner: Codable, Equatable, Sendable {
        var process: Int32
        var host: String
        var command: String
        var since: String

        init(command: String) {
            process = getpid()
            host = ProcessInfo.processInfo.hostName
            self.command = command
            since = Date().formatted(.iso8601)
        }

        /// Whether the process is known to have ended.
        var isGone: Bool {
            host == ProcessInfo.processInfo.hostName && kill(process, 0) != 0 && errno == ESRCH
        }
    }

    /// An earlier owner that ended without releasing the lock.
    let stale: Owner?
    private let url: URL
    private let descriptor: Int32
    private let made: [URL]

    /// Takes the lock of a folder.
    ///
    /// - Parameter made: folders that go with the lock where nothing came into them.
    /// - Throws: ``RunError`` where another process has it, or no file can be made in the folder.
    init(_ folder: URL, command: String, made: [URL] = []) throws(RunError) {
        self.made = made
        url = folder.appendingPathComponent(Self.name)
        (descriptor, stale) = try Self.taken(url, folder: folder)
        try Self.sign(descriptor, Owner(command: command), folder: folder)
    }

    deinit {
        unlink(url.path)
        close(descriptor)
        RunPlace.remove(made)
    }

    /// A locked file, and who left it behind.
    private static func taken(_ url: URL, folder: URL) throws(RunError) -> (Int32, Owner?) {
        while true {
            let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw .unwritable(folder, errno) }
            let earlier = owner(url)
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            let failure = errno
            if !isLocked && failure == EINTR {
                close(descriptor)
                continue
            }
            // Without locks, what the file says decides; across machines it decides with them, too.
            let isHeld = isLocked ? isElsewhere(earlier) : failure == EWOULDBLOCK || earlier.map { !$0.isGone } ?? false
            guard !isHeld else {
                close(descriptor)
                throw .held(folder, earlier)
            }
            // Whoever had it may have removed the file between opening and locking.
            if isSame(descriptor, url) { return (descriptor, earlier) }
            close(descriptor)
        }
    }

    /// Whether a lock was left by, or is held on, another machine.
    private static func isElsewhere(_ owner: Owner?) -> Bool {
        owner.map { $0.host != ProcessInfo.processInfo.hostName } ?? false
    }

    private static func owner(_ url: URL) -> Owner? {
        guard let bytes = try? FileBytes.read(url), bytes.count < 4096 else { return nil }
        return try? JSONDecoder().decode(Owner.self, from: Data(bytes))
    }

    private static func isSame(_ descriptor: Int32, _ url: URL) -> Bool {
        var (opened, named) = (stat(), stat())
        guard fstat(descriptor, &opened) == 0, stat(url.path, &named) == 0 else { return false }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    private static func sign(_ descriptor: Int32, _ owner: Owner, folder: URL) throws(RunError) {
        guard let data = try? JSONEncoder().encode(owner) else { return }
        let written = data.withUnsafeBytes {
            ftruncate(descriptor, 0) == 0 ? pwrite(descriptor, $0.baseAddress, $0.count, 0) : -1
        }
        guard written == data.count else { throw .unwritable(folder, written < 0 ? errno : ENOSPC) }
    }
}

extension RunError {
    /// A folder that another process works in.
    fileprivate static func held(_ folder: URL, _ owner: RunLock.Owner?) -> RunError {
        let who = owner.map { "`fss \($0.command)` of process \($0.process) on \($0.host), since \($0.since)" } ?? "another run"
        let lock = folder.appendingPathComponent(RunLock.name).path
        return .file(
            folder.path, found: "a folder that is in use by \(who)", expected: "one that no other run works in",
            advice: "wait for it or choose another with --out; if that run is known to have ended, remove \(lock)")
    }
}
