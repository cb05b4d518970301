internal import Foundation

/// Finds a photo among those that an annotation file names.
enum PhotoNames {
    /// The place of a photo, by the first of these rules that finds exactly one: the same file name (where several have it, the
    /// longest common end of their paths); the name that Label Studio gives to an upload; the same name with another ending.
    ///
    /// - Returns: nil when there is none, or no single one.
    static func index(of photo: String, among names: [String?]) -> Int? {
        let wanted = parts(photo)
        guard let file = wanted.last else { return nil }
        let known = names.map { $0.map(parts) ?? [] }
        let rules: [(String) -> Bool] = [
            { $0 == file }, { $0.lowercased() == file.lowercased() }, { withoutUploadMark($0) == file },
            { stem($0) == stem(file) },
        ]
        for isSame in rules {
            let found = known.indices.filter { known[$0].last.map(isSame) ?? false }
            if found.count == 1 { return found[0] }
            if found.count > 1 { return closest(wanted, found, known) }
        }
        return nil
    }

    /// The one whose path shares most of its end with the photo's.
    private static func closest(_ wanted: [String], _ found: [Int], _ known: [[String]]) -> Int? {
        let shared = found.map { place in zip(known[place].reversed(), wanted.reversed()).prefix { $0 == $1 }.count }
        guard let best = shared.max(), shared.count(where: { $0 == best }) == 1 else { return nil }
        return zip(found, shared).first { $0.1 == best }?.0
    }

    /// The folders and the name of a path: of either kind of separator, percent signs decoded, and without what a server puts in
    /// front (`?d=`).
    static func parts(_ path: String) -> [String] {
        let plain = path.replacing("\\", with: "/")
        let local = plain.range(of: "?d=").map { String(plain[$0.upperBound...]) } ?? plain
        let decoded = local.contains("%") ? local.removingPercentEncoding ?? local : local
        return decoded.split(separator: "/").map(String.init).filter { $0 != "." }
    }

    private static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// Without eight hexadecimal digits and a hyphen at the front.
    private static func withoutUploadMark(_ name: String) -> String {
        let mark = name.prefix(8)
        let isMark = mark.count == 8 && mark.allSatisfy(\.isHexDigit) && name.dropFirst(8).first == "-"
        return isMark ? String(name.dropFirst(9)) : name
    }
}
