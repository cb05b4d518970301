// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func stridedRead(_ x: TensorBuffer, _ layout: StridedLayout, into out: TensorBuffer) {
        let source = x.loadBits()
        out.storeBits(stridedOffsets(out.shape, layout).map { source[$0] })
    }

    public func stridedWrite(_ x: TensorBuffer, into out: TensorBuffer, _ layout: StridedLayout, accumulating: Bool) {
        let places = stridedOffsets(x.shape, layout)
        if accumulating {
            var sums = out.loadDoubles()
            for (value, place) in zip(x.loadDoubles(), places) { sums[place] += value }
            out.store(sums)
        } else {
            for (bits, place) in zip(x.loadBits(), places) { out.storeBits(bits, at: place) }
        }
    }

    public func gather(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let source = x.loadBits()
        let view = AxisView(x.shape, axis: axis)
        let rows = admitted(indices, below: view.extent, "gathered")
        var result: [UInt64] = []
        result.reserveCapacity(out.count)
        for block in 0..<view.outer {
            for row in rows {
                if let row {
                    let start = view.index(block, row, 0)
                    result += source[start..<start + view.inner]
                } else {
                    result += [UInt64](repeating: 0, count: view.inner)
                }
            }
        }
        out.storeBits(result)
    }

    public func scatterAdd(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let values = x.loadDoubles()
        let source = AxisView(x.shape, axis: axis)
        let target = AxisView(out.shape, axis: axis)
        let rows = admitted(indices, below: target.extent, "scatterAdding")
        var sums = out.loadDoubles()
        for block in 0..<source.outer {
            for (position, row) in rows.enumerated() {
                guard let row else { continue }
                for column in 0..<source.inner {
                    sums[target.index(block, row, column)] += values[source.index(block, position, column)]
                }
            }
        }
        out.store(sums)
    }

    public func gatherElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let source = x.loadBits()
        let places = elementPlaces(x.shape, axis: axis, indices, "gatheredElements")
        out.storeBits(places.map { place in place.map { source[$0] } ?? 0 })
    }

    public func scatterAddElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        var sums = out.loadDoubles()
        let places = elementPlaces(out.shape, axis: axis, indices, "scatterAddingElements")
        for (value, place) in zip(x.loadDoubles(), places) {
            if let place { sums[place] += value }
        }
        out.store(sums)
    }

    /// For every element of `indices`, its own position in a tensor of `shape` with `axis` replaced by the index; nil where
    /// the index is out of range.
    private func elementPlaces(
        _ shape: Shape, axis: Int, _ indices: TensorBuffer, _ operation: StaticString
    ) -> [Int?] {
        let strides = shape.strides
        var others = strides
        others[axis] = 0
        let bases = stridedOffsets(indices.shape, StridedLayout(strides: others))
        let rows = admitted(indices, below: shape[axis], operation)
        return zip(bases, rows).map { base, row in row.map { base + $0 * strides[axis] } }
    }

    /// The indices, nil for those out of range, the first of which is recorded.
    private func admitted(_ indices: TensorBuffer, below limit: Int, _ operation: StaticString) -> [Int?] {
        let values = indices.loadIntegers()
        if let position = values.firstIndex(where: { $0 < 0 || $0 >= limit }) {
            faults.record(operation, index: values[position], at: position, below: limit)
        }
        return values.map { $0 >= 0 && $0 < limit ? Int($0) : nil }
    }
}
