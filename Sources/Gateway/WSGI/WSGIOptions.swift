/// What the gateway needs to know of the settings.
package struct WSGIOptions {
    /// `wsgi.multiprocess`: whether more than one worker is configured.
    package var isMultiprocess = false
    /// `wsgi.multithread`: whether several threads may run the application.
    package var isMultithreaded = false
    /// Whether the listeners speak TLS.
    package var isSecure = false
    /// The mount point given by the process's environment.
    package var scriptName = ""
    /// `SERVER_SOFTWARE`.
    package var software = ""
    /// Whether files are sent by the kernel.
    package var sendsFiles = true
    /// The variables of the environ that the access log asks for, in lower case.
    package var loggedVariables: [[UInt8]] = []
    /// Whether the operator's logger may ask for all of it, so that it is kept for that.
    package var keepsEnviron = false
    /// Where `wsgi.errors` writes: the error log's descriptor; negative has the log write records.
    package var errorDescriptor: Int32 = 2

    package init() {}
}
