internal import Datasets

/// Aligned columns of text: the first to the left, the others to the right.
struct TextTable {
    private var rows: [[String]]
    /// Indices before which an empty line stands.
    private var breaks: Set<Int> = []
    private let leftColumns: Int
    private static let gap = "  "
    /// What a name takes at most where nobody knows the width.
    private static let longestName = 60
    /// What a name keeps at least.
    private static let shortestName = 8

    /// A table with a heading; the first `leftColumns` are aligned to the left.
    init(_ header: [String], leftColumns: Int = 1) {
        rows = [header]
        self.leftColumns = leftColumns
    }

    /// Adds a row.
    mutating func add(_ row: [String]) { rows.append(row) }

    /// Sets the next row apart.
    mutating func separate() { breaks.insert(rows.count) }

    /// The lines of the table with a rule under the heading. Names that are too long lose their middle, figures are never cut.
    ///
    /// - Parameter limit: the columns of the terminal; nil for a file or a pipe.
    func lines(columns limit: Int?) -> [String] {
        let rows = rows.map { $0.map(\.printable) }
        let widths = widths(rows, limit)
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            if breaks.contains(index) && index > 1 { lines.append("") }
            let cells = row.enumerated().map { column, cell in padded(cell, to: widths[column], left: column < leftColumns) }
            var line = cells.joined(separator: Self.gap)
            while line.last == " " { line.removeLast() }
            lines.append(line)
            if index == 0 { lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)) }
        }
        return lines
    }

    /// The width of every column: that of its widest cell, or less where the table is too wide; the widest give way first.
    private func widths(_ rows: [[String]], _ limit: Int?) -> [Int] {
        let columns = (0..<(rows.map(\.count).max() ?? 0)).map { column in rows.compactMap { $0.dropFirst(column).first } }
        var widths = columns.map { cells in cells.map(\.columns).max() ?? 0 }
        guard let limit else { return widths.map { min($0, Self.longestName) } }
        let least = columns.map { cells in
            cells.map { Self.isFigure($0) ? $0.columns : min($0.columns, Self.shortestName) }.max() ?? 0
        }
        let room = limit - Self.gap.count * max(widths.count - 1, 0)
        while widths.reduce(0, +) > room {
            let open = widths.indices.filter { widths[$0] > least[$0] }
            guard let widest = open.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    /// Whether a cell is a number, or numbers with signs and units, which nobody may cut.
    private static func isFigure(_ cell: String) -> Bool { cell.allSatisfy { $0.isNumber || "+-.%() ".contains($0) } }

    private func padded(_ cell: String, to width: Int, left: Bool) -> String {
        let text = Self.isFigure(cell) ? cell : cell.shortened(toColumns: width)
        let space = String(repeating: " ", count: max(width - text.columns, 0))
        return left ? text + space : space + text
    }
}

extension Console {
    /// Prints a table, as wide as the terminal at most.
    func table(_ table: TextTable) {
        let columns = Terminal.standardOutput?.columns
        for text in table.lines(columns: columns) { line(text) }
    }
}
