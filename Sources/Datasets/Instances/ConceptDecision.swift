/// Which of several concepts a pixel shows: of those whose probability is at least a threshold the one with the highest score, the first of
/// equals, taken in map by map, so that one of them is in memory. A score is the probability, weighted by how surely the concept is in the
/// photo at all; with equal weights it is the rule of ``NWayDecision``. With ``OverlapRule/things`` connected regions are decided as wholes,
/// once ``settle(_:)`` was called.
public struct ConceptDecision: Sendable {
    /// Most concepts.
    public static let limit = 254

    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// The concept of each pixel, from 1 in the order in which they were added; 0 for none.
    public private(set) var owners: LabelMap
    /// The probability of each pixel's concept; 0 where there is none.
    public private(set) var best: ProbabilityMap
    private var scores: [Float]
    private var isContested: [Bool]
    private var count = 0
    /// Nil where pixels decide.
    private var grid: ClaimGrid?

    /// A photo without concepts.
    ///
    /// - Parameter overlap: what is decided as one.
    public init(height: Int, width: Int, overlap: OverlapRule = .pixels) {
        self.init(height: height, width: width, grid: overlap == .things ? ClaimGrid(height: height, width: width) : nil)
    }

    init(height: Int, width: Int, grid: ClaimGrid?) {
        (self.height, self.width, self.grid) = (height, width, grid)
        owners = LabelMap(height: height, width: width, values: [UInt8](repeating: 0, count: height * width))
        best = ProbabilityMap(height: height, width: width, values: [Float](repeating: 0, count: height * width))
        scores = [Float](repeating: 0, count: height * width)
        isContested = [Bool](repeating: false, count: height * width)
    }

    /// The number of pixels that more than one concept reached.
    public var contested: Int { isContested.count { $0 } }

    /// Adds the next concept.
    ///
    /// - Parameters:
    ///   - map: its probabilities.
    ///   - threshold: pixels of at least this probability may be its own; infinite for a concept that is absent.
    ///   - presence: how surely the photo shows it, 0...1. A model that looks for what is not there finds something all the same, and as
    ///     sure of its outline as ever.
    /// - Precondition: the map has the size of the decision, and there are at most ``limit`` concepts.
    public mutating func add(_ map: ProbabilityMap, threshold: Float, presence: Float = 1) {
        precondition(map.height == height && map.width == width, "ConceptDecision: the map has another size")
        precondition(count < Self.limit, "ConceptDecision: more than \(Self.limit) concepts")
        count += 1
        let number = UInt8(count)
        grid?.add(map, number: number, threshold: threshold, presence: presence)
        map.scalars.values.withUnsafeBufferPointer { values in
            for pixel in values.indices where values[pixel] >= threshold {
                let score = values[pixel] * presence
                if owners.values[pixel] != 0 {
                    isContested[pixel] = true
                    guard score > scores[pixel] else { continue }
                }
                owners.values[pixel] = number
                scores[pixel] = score
                best.scalars.values[pixel] = values[pixel]
            }
        }
    }

    /// Decides whole things, once all concepts were added; nothing happens where pixels decide.
    ///
    /// The pixels that some concept reached stay the same. One that goes to a concept which did not reach it itself has that concept's
    /// probability in ``best``; in photos of more than half a million pixels, where a few are decided as one, the highest of those.
    ///
    /// - Parameter finder: whether regions come apart where they narrow.
    public mutating func settle(_ finder: InstanceFinder) {
        guard let grid else { return }
        let decided = grid.owners(separates: finder.separates)
        for y in 0..<height {
            for x in 0..<width {
                let (pixel, cell) = (y * width + x, grid.cell(y: y, x: x))
                let owner = owners.values[pixel]
                guard owner != 0, decided[cell] != owner else { continue }
                owners.values[pixel] = decided[cell]
                best.scalars.values[pixel] = grid.probability(of: decided[cell], in: cell)
            }
        }
    }

    /// The pixels of a concept, which no other has.
    ///
    /// - Parameter number: from 1, in the order in which they were added.
    public func mask(of number: Int) -> BinaryMask {
        BinaryMask(height: height, width: width, values: owners.values.map { Int($0) == number })
    }
}
