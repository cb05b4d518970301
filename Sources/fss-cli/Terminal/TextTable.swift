/// Aligned columns of text: the first to the left, the others to the right.
struct TextTable {
    private var rows: [[String]]
    /// Indices before which an empty line stands.
    private var breaks: Set<Int> = []
    private let leftColumns: Int

    /// A table with a heading; the first `leftColumns` are aligned to the left.
    init(_ header: [String], leftColumns: Int = 1) {
        rows = [header]
        self.leftColumns = leftColumns
    }

    /// Adds a row.
    mutating func add(_ row: [String]) { rows.append(row) }

    /// Sets the next row apart.
    mutating func separate() { breaks.insert(rows.count) }

    /// The lines of the table with a rule under the heading.
    var lines: [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            if breaks.contains(index) && index > 1 { lines.append("") }
            let cells = row.enumerated().map { column, cell in padded(cell, to: widths[column], left: column < leftColumns) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            lines.append(line)
            if index == 0 { lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")) }
        }
        return lines
    }

    private func padded(_ cell: String, to width: Int, left: Bool) -> String {
        let space = String(repeating: " ", count: width - cell.count)
        return left ? cell + space : space + cell
    }
}

extension Console {
    /// Prints a table.
    func table(_ table: TextTable) { for text in table.lines { line(text) } }
}
