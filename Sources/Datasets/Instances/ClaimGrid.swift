/// What several concepts claim of one photo, side by side, so that whole things can be decided (``OverlapRule/things``).
///
/// Large photos are held in cells of several pixels, each with the highest probability among them: memory is that of ``mostCells``
/// numbers a concept, and only of concepts that claim anything.
struct ClaimGrid: Sendable {
    /// More pixels than this share cells.
    static let mostCells = 1 << 19

    private struct Claim: Sendable {
        var number: UInt8
        /// The probability of each cell.
        var values: [Float]
        var threshold: Float
        var presence: Float

        func score(_ cell: Int) -> Float { values[cell] * presence }

        func reaches(_ cell: Int) -> Bool { values[cell] >= threshold }
    }

    /// Pixels along a cell's side.
    let factor: Int
    /// Rows of cells.
    let rows: Int
    /// Columns of cells.
    let columns: Int
    private let width: Int
    private var claims: [Claim] = []

    init(height: Int, width: Int, mostCells: Int = ClaimGrid.mostCells) {
        self.width = width
        factor = max(1, Int((Double(height * width) / Double(mostCells)).squareRoot().rounded(.up)))
        rows = (height + factor - 1) / factor
        columns = (width + factor - 1) / factor
    }

    /// The cell of a pixel.
    func cell(y: Int, x: Int) -> Int { y / factor * columns + x / factor }

    /// Adds a concept; one that reaches no pixel is left out.
    mutating func add(_ map: ProbabilityMap, number: UInt8, threshold: Float, presence: Float) {
        var (values, reaches) = ([Float](repeating: 0, count: rows * columns), false)
        map.scalars.values.withUnsafeBufferPointer { pixels in
            for y in 0..<map.height {
                for x in 0..<width {
                    let (value, cell) = (pixels[y * width + x], cell(y: y, x: x))
                    if value > values[cell] { values[cell] = value }
                    if value >= threshold { reaches = true }
                }
            }
        }
        if reaches { claims.append(Claim(number: number, values: values, threshold: threshold, presence: presence)) }
    }

    /// The probability of a concept in a cell; 0 for one that claims nothing.
    func probability(of number: UInt8, in cell: Int) -> Float {
        claims.first { $0.number == number }?.values[cell] ?? 0
    }

    /// The concept of each cell; 0 where none reaches it.
    ///
    /// - Parameter separates: whether regions come apart where they narrow.
    func owners(separates: Bool) -> [UInt8] {
        var owners = [UInt8](repeating: 0, count: rows * columns)
        let union = BinaryMask(
            height: rows, width: columns,
            values: owners.indices.map { cell in claims.contains { $0.reaches(cell) } })
        for region in RowRuns.parts(of: union) {
            for thing in separates ? region.separated() : [region] {
                let cells = cells(of: thing)
                let reaching = claims.indices.filter { claim in cells.contains { claims[claim].reaches($0) } }
                decide(cells, among: reaching, &owners)
            }
        }
        return owners
    }

    /// Gives a region to one concept, and its parts that are clearly another's to theirs.
    private func decide(_ cells: [Int], among reaching: [Int], _ owners: inout [UInt8]) {
        guard let winner = strongest(on: cells, among: reaching) else { return }
        let others = reaching.filter { $0 != winner }
        var rest = cells
        for part in parts(of: cells, that: others, takeFrom: winner) {
            decide(part, among: others, &owners)
            let taken = Set(part)
            rest.removeAll { taken.contains($0) }
        }
        // Without the parts another may be the strongest.
        guard let winner = strongest(on: rest, among: reaching) else { return }
        for cell in rest { owners[cell] = claims[winner].number }
    }

    /// The concept with the largest sum of scores, the first of equals.
    private func strongest(on cells: [Int], among reaching: [Int]) -> Int? {
        guard !cells.isEmpty else { return nil }
        guard reaching.count > 1 else { return reaching.first }
        var best: (claim: Int, sum: Double)?
        for claim in reaching {
            let sum = cells.reduce(0.0) { $0 + Double(claims[claim].score($1)) }
            if let best, sum <= best.sum { continue }
            best = (claim, sum)
        }
        return best?.claim
    }

    /// The connected parts of a region on which others lead clearly.
    private func parts(of cells: [Int], that others: [Int], takeFrom winner: Int) -> [[Int]] {
        let led = cells.filter { cell in
            let bar = OverlapRule.lead * claims[winner].score(cell)
            return others.contains { claims[$0].reaches(cell) && claims[$0].score(cell) >= bar }
        }
        let least = max(1, Int((OverlapRule.leastShare * Double(cells.count)).rounded(.up)))
        guard led.count >= least, let top = led.first, let bottom = led.last else { return [] }
        // Regions are in scan order: only their rows need to be looked at.
        let first = top / columns
        var mask = BinaryMask(
            height: bottom / columns - first + 1, width: columns,
            values: [Bool](repeating: false, count: (bottom / columns - first + 1) * columns))
        for cell in led { mask.values[cell - first * columns] = true }
        return RowRuns.parts(of: mask).filter { $0.area >= least }.map { part in
            self.cells(of: part).map { $0 + first * columns }
        }
    }

    private func cells(of part: RowRuns) -> [Int] {
        part.runs.flatMap { run in (run.x0..<run.x1).map { run.y * columns + $0 } }
    }
}
