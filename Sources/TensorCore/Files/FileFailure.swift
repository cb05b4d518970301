internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Why the operating system refused a file: what happened and what the user can do, for the public errors.
package struct FileFailure: Error, Equatable {
    /// What was found: "no such file", "a folder", "no space left on device".
    package var found: String
    /// The next step for the user.
    package var advice: String

    package init(found: String, advice: String) {
        self.found = found
        self.advice = advice
    }

    /// The failure that an `errno` value stands for.
    package static func system(_ code: Int32) -> FileFailure {
        switch code {
        case ENOENT: FileFailure(found: "no such file or folder", advice: "check the path")
        case EACCES, EPERM: FileFailure(found: "no permission", advice: "check owner and access rights")
        case ENOSPC, EDQUOT: FileFailure(found: "no space left on the disk", advice: "free some space and run again")
        case EROFS: FileFailure(found: "a read-only file system", advice: "choose another folder")
        case EISDIR: FileFailure(found: "a folder", advice: "give the path of a file")
        case ENOTDIR: FileFailure(found: "a file where a folder is needed", advice: "check the path")
        case EFBIG: FileFailure(found: "a limit of the file size", advice: "raise the limit (ulimit -f) and run again")
        default: FileFailure(found: String(cString: strerror(code)), advice: "check the file and the disk")
        }
    }
}
