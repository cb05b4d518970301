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
/// that cannot lock are served by what the file says alone, and other machines by the owner's ``LockPulse``.
final class RunLock: Sendable {
    /// The file's name in the folder.
    static let name = ".lock"

    /// What the file says.
    struct Owner: Codable, Equatable, Sendable {
        var process: Int32
        var host: String
        var command: String
        var since: String
        /// Seconds between signs of life; nil where none are given.
        var pulse: Double?

        init(command: String) {
            process = getpid()
            host = ProcessInfo.processInfo.hostName
            self.command = command
            since = Date().formatted(.iso8601)
            pulse = LockPulse.interval
        }

        /// Whether the process is, or was, one of another machine.
        var isElsewhere: Bool { host != ProcessInfo.processInfo.hostName }

        /// Whether the process is known to have ended.
        var isGone: Bool { !isElsewhere && kill(process, 0) != 0 && errno == ESRCH }
    }

    /// An earlier owner that ended without releasing the lock.
    let stale: Owner?
    private let url: URL
    private let descriptor: Int32
    private let made: [URL]
    private let pulse: LockPulse
    private let owner: Owner

    /// Takes the lock of a folder.
    ///
    /// - Parameters:
    ///   - made: folders that go with the lock where nothing came into them.
    ///   - patience: seconds without a sign of life after which an owner on another machine is taken for gone.
    /// - Throws: ``RunError`` where another process has it, or no file can be made in the folder.
    init(
        _ folder: URL, command: String, made: [URL] = [], patience: Double = LockPulse.patience
    ) throws(RunError) {
        let (url, owner) = (folder.appendingPathComponent(Self.name), Owner(command: command))
        (self.url, self.owner, self.made) = (url, owner, made)
        (descriptor, stale) = try Self.taken(url, folder: folder, patience: patience)
        pulse = LockPulse(url) { Self.owner(url).map { $0 != owner } ?? false }
        try Self.sign(descriptor, owner, folder: folder)
    }

    deinit {
        pulse.stop()
        if Self.owner(url).map({ $0 == owner }) ?? true { unlink(url.path) }
        close(descriptor)
        RunPlace.remove(made)
    }

    /// Checks that nobody else took the folder, as another machine may when this process stood still for long.
    ///
    /// - Throws: `DatasetError` that names who has it.
    func check() throws(DatasetError) {
        guard pulse.isLost else { return }
        let who = Self.owner(url).map { "process \($0.process) on \($0.host)" } ?? "another process"
        throw DatasetError(
            file: url.deletingLastPathComponent().path, found: "a folder that \(who) took over while this run stood still",
            expected: "one that no other run works in", advice: "leave it to that run, or go on with --resume when it has ended")
    }

    /// A locked file, and who left it behind.
    private static func taken(_ url: URL, folder: URL, patience: Double) throws(RunError) -> (Int32, Owner?) {
        while true {
            let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw .unwritable(folder, errno) }
            let earlier = owner(url)
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            let failure = isLocked ? 0 : errno
            if failure == EINTR {
                close(descriptor)
                continue
            }
            let isHeld = failure == EWOULDBLOCK || isAtWork(earlier, url, isLocked: isLocked, patience: patience)
            // Whoever had it may have removed the file in the meantime.
            guard isSame(descriptor, url) else {
                close(descriptor)
                continue
            }
            guard !isHeld else {
                close(descriptor)
                throw .held(folder, earlier)
            }
            return (descriptor, earlier)
        }
    }

    /// Whether the owner that a file names still runs. Without locks, what the file says decides; across machines it decides with them, too.
    private static func isAtWork(_ owner: Owner?, _ url: URL, isLocked: Bool, patience: Double) -> Bool {
        guard let owner, !owner.isGone else { return false }
        guard owner.isElsewhere else { return !isLocked }
        return owner.pulse == nil || !LockPulse.isSilent(url, for: patience)
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
