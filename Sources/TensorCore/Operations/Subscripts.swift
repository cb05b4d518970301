/// What a subscript of a ``Tensor`` takes of one axis: a position, a range, ``AxisSelection/all`` or ``AxisSelection/rest``.
///
/// Integers and ranges of integers conform.
public protocol AxisSelection {
    /// What is meant, for an axis whose extent is not known yet.
    var axisIndex: AxisIndex { get }
}

/// What a subscript takes of one axis.
public enum AxisIndex: Sendable, Hashable, AxisSelection {
    /// One position, counted from the end where it is negative; the axis disappears.
    case position(Int)
    /// The positions from `start` to just before `end`, or to the last one.
    case range(start: Int, end: Int?)
    /// All axes that no other selection of the subscript names, whole.
    case remaining

    public var axisIndex: AxisIndex { self }
}

extension AxisSelection where Self == AxisIndex {
    /// The whole axis.
    public static var all: AxisIndex { .range(start: 0, end: nil) }
    /// All axes that no other selection names, whole: `x[.rest, 0]` is the first of the last axis.
    public static var rest: AxisIndex { .remaining }
}

extension Int: AxisSelection {
    public var axisIndex: AxisIndex { .position(self) }
}

extension Range: AxisSelection where Bound == Int {
    public var axisIndex: AxisIndex { .range(start: lowerBound, end: upperBound) }
}

extension ClosedRange: AxisSelection where Bound == Int {
    public var axisIndex: AxisIndex { .range(start: lowerBound, end: upperBound &+ 1) }
}

extension PartialRangeFrom: AxisSelection where Bound == Int {
    public var axisIndex: AxisIndex { .range(start: lowerBound, end: nil) }
}

extension PartialRangeUpTo: AxisSelection where Bound == Int {
    public var axisIndex: AxisIndex { .range(start: 0, end: upperBound) }
}

extension PartialRangeThrough: AxisSelection where Bound == Int {
    public var axisIndex: AxisIndex { .range(start: 0, end: upperBound &+ 1) }
}

extension Tensor {
    /// A part of the tensor, one selection an axis from the first on: `x[0]`, `x[.all, 2..<5]`, `x[..<2, 3, 1...]`,
    /// `x[.rest, -1]`. Axes that are not named stay whole; those that a position is taken of disappear. One copy.
    ///
    /// Derivative: the gradient in its place, zeros around it.
    public subscript(_ selections: any AxisSelection...) -> Tensor {
        let operands = Operands("subscript", self)
        let selected = axes(of: selections, operands)
        var kept = shape
        var dropped: [Int] = []
        var offset = 0
        let strides = shape.strides
        for (axis, selection) in selected.enumerated() {
            let extent = shape[axis]
            let taken = positions(selection, axis: axis, operands)
            if case .position = selection { dropped.append(axis) }
            offset += taken.lowerBound * strides[axis]
            if taken.count != extent { kept[axis] = taken.count }
        }
        let result = kept == shape ? self : strided(kept, StridedLayout(offset: offset, strides: strides))
        return dropped.isEmpty ? result : result.reshaped(to: kept.removing(dropped))
    }

    /// One selection for each axis.
    private func axes(of selections: [any AxisSelection], _ operands: Operands) -> [AxisIndex] {
        var list = selections.map(\.axisIndex)
        let gap = list.firstIndex(of: .remaining)
        if let gap { list.remove(at: gap) }
        operands.argument(
            list.count <= rank && !list.contains(.remaining), "\(selections.count) selections for \(rank) axes")
        let whole = [AxisIndex](repeating: .range(start: 0, end: nil), count: rank - list.count)
        list.insert(contentsOf: whole, at: gap ?? list.count)
        return list
    }

    private func positions(_ selection: AxisIndex, axis: Int, _ operands: Operands) -> Range<Int> {
        let extent = shape[axis]
        let (start, end): (Int, Int) =
            switch selection {
            case .position(let index) where index >= -extent && index < extent:
                index < 0 ? (index + extent, index + extent + 1) : (index, index + 1)
            case .position: (-1, -1)
            case .range(let start, let end): (start, end ?? extent)
            case .remaining: (0, extent)
            }
        operands.argument(start >= 0 && start <= end && end <= extent, "\(selection) leaves axis \(axis)")
        return start..<end
    }
}
