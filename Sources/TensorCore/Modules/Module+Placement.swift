extension Module {
    /// Moves every parameter and buffer below the module to `device`. Paths stay, so that optimizers and averages go on;
    /// what they remember follows at their next step.
    ///
    /// - Returns: the module itself.
    @discardableResult
    public func placed(on device: Device) -> Self {
        for parameter in parameters { parameter.place(on: device) }
        return self
    }

    /// Where the module's parameters are; the running task's device where it has none.
    public var device: Device { parameters.first?.device ?? Devices.current }
}
