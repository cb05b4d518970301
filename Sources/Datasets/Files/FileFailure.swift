internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Why the operating system refused a file: what happened and what the user can do, for the public errors.
struct FileFailure: Error, Equatable {
    /// What was found: "no such file", "a folder", "no space left on device".
    var found: String
    /// The next step for the user.
    var advice: String

    /// The failure that an `errno` value stands for.
    static func system(_ code: Int32) -> FileFailure {
        switch code {
        case ENOENT: FileFailure(found: "no such file or folder", advice: "check the path")
        case EACCES, EPERM: FileFailure(found: "no permission", advice: "check owner and access rights")
        case ENOSPC, EDQUOT: FileFailure(found: "no space left on the disk", advice: "free some space and run again")
        case EROFS: FileFailure(found: "a read-only file system", advice: "choose another folder")
        case EISDIR: FileFailure(found: "a folder", advice: "give the path of a file")
        case ENOTDIR: FileFailure(found: "a file where a folder is needed", advice: "check the path")
        default: FileFailure(found: String(cString: strerror(code)), advice: "check the file and the disk")
        }
    }
}
