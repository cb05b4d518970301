/// Finds the name that was probably meant where another one stands.
struct NearestName {
    private let candidates: [(name: String, parts: [Substring], bytes: [UInt8])]

    /// More names than this are not compared, nor longer ones.
    private static let most = 1024
    private static let longest = 128

    /// Names to choose from.
    init(_ names: some Collection<String>) {
        candidates = names.prefix(Self.most).filter { $0.utf8.count <= Self.longest }
            .map { ($0, $0.split(separator: "."), Array($0.utf8)) }
    }

    /// The name with the longest common end of dotted parts, among those the one with the fewest edits.
    ///
    /// Nil where no name has two parts in common and all differ in more than a third of their letters.
    func nearest(to name: String) -> String? {
        guard name.utf8.count <= Self.longest else { return nil }
        let (parts, bytes) = (name.split(separator: "."), Array(name.utf8))
        var best: (name: String, common: Int, distance: Int)?
        for candidate in candidates {
            let common = zip(parts.reversed(), candidate.parts.reversed()).prefix { $0 == $1 }.count
            if let best, common < best.common { continue }
            let distance = Self.distance(bytes, candidate.bytes)
            let isBetter = best.map { common > $0.common || distance < $0.distance } ?? true
            if isBetter { best = (candidate.name, common, distance) }
        }
        guard let best, best.common >= 2 || best.distance * 3 <= bytes.count else { return nil }
        return best.name
    }

    /// Letters to insert, remove or replace (Levenshtein's distance).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (index, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in b.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[b.count]
    }
}

extension LoadReport {
    /// How many names of a kind are told, and looked for on the other side.
    static let told = 10

    /// Fills ``nearest`` for what the description tells.
    mutating func findNearest(in state: StateDict, shapes: [String: Shape]) {
        let free = Dictionary(grouping: unexpected) { state.shape(of: $0) }
        let wanted = Dictionary(grouping: missing) { shapes[$0] }
        for name in missing.prefix(Self.told) {
            let fitting = shapes[name].flatMap { free[$0] } ?? []
            nearest[name] = NearestName(fitting).nearest(to: name) ?? NearestName(unexpected).nearest(to: name)
        }
        for name in unexpected.prefix(Self.told) {
            let fitting = state.shape(of: name).flatMap { wanted[$0] } ?? []
            nearest[name] = NearestName(fitting).nearest(to: name) ?? NearestName(missing).nearest(to: name)
        }
        for mismatch in mismatched.prefix(Self.told) {
            nearest[mismatch.name] = NearestName(free[mismatch.expected] ?? []).nearest(to: mismatch.name)
        }
    }
}
