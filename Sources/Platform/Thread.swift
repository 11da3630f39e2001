private import CSystem

/// A lock of one word, two atomic instructions where nobody else wants it.
///
/// Whoever holds it must not wait for anything but memory.
package struct Lock: @unchecked Sendable {
    private let word: UnsafeMutablePointer<UInt32>

    /// Makes a lock that nobody holds; its word is never given back.
    package init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    @inline(__always)
    package func take() { csys_lock_take(word) }

    @inline(__always)
    package func letGo() { csys_lock_let_go(word) }

    /// Whether somebody waits for this lock, which the caller holds.
    package var isWanted: Bool { csys_lock_is_wanted(word) != 0 }
}

/// A number that threads sleep on until somebody changes it.
package struct WakeWord: @unchecked Sendable {
    private let word: UnsafeMutablePointer<UInt32>

    /// Makes the number 0; its word is never given back.
    package init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    @inline(__always)
    package var value: UInt32 {
        get { csys_word_load(word) }
        nonmutating set { csys_word_store(word, newValue) }
    }

    /// Sleeps while the number is this one, at most so long; may return early.
    package func sleep(while value: UInt32, atMost nanoseconds: UInt64 = 0) {
        csys_word_sleep(word, value, nanoseconds)
    }

    /// Changes the number, and wakes one thread or all that sleep on it.
    package func bump(wakingAll: Bool = false) {
        csys_word_add(word, 1)
        csys_word_wake(word, wakingAll ? Int32.max : 1)
    }

    /// Sets the number, and wakes one that sleeps on it.
    package func set(_ number: UInt32) {
        csys_word_store(word, number)
        csys_word_wake(word, 1)
    }
}

/// A thread of our own that no signal is ever delivered to.
package enum NativeThread {
    /// Starts a thread that runs the body; it ends with the body or with the process.
    ///
    /// Only after the last fork: a process that has threads must not fork.
    package static func start(
        named name: StaticString,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let context = Unmanaged.passRetained(Body(body)).toOpaque()
        let text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        let result = csys_thread_start(
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            },
            context,
            text
        )
        if result < 0 { Unmanaged<Body>.fromOpaque(context).release() }
        _ = try checked("pthread_create", result)
    }

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

/// A number that several threads may want to change at one moment: one of them does.
package struct RaceWord: @unchecked Sendable {
    private let word: UnsafeMutablePointer<UInt64>

    /// Makes the number 0; its word is never given back.
    package init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    package var value: UInt64 {
        get { csys_atomic_load_acquire(word) }
        nonmutating set { csys_atomic_store_release(word, newValue) }
    }

    /// Changes the number where it is the former one; whether it was.
    package func change(from former: UInt64, to number: UInt64) -> Bool {
        csys_atomic_replace(word, former, number) != 0
    }
}

/// A number that one thread writes and others read, in no order with other memory.
package struct SharedNumber: @unchecked Sendable {
    private let word: UnsafeMutablePointer<UInt64>

    /// Makes the number 0; its word is never given back.
    package init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    @inline(__always)
    package var value: UInt64 {
        get { csys_atomic_load(word) }
        nonmutating set { csys_atomic_store(word, newValue) }
    }
}
