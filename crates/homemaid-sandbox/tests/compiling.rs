//! Compiling plugin trees in a throw-away worker.

mod common;

use common::{House, tree};
use homemaid_sandbox::{CompileError, WorkerSpec};

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_is_compiled_and_its_byte_code_is_used() {
    let house = House::open("compile").await;
    let files = [
        (
            "__main__.py",
            "import helper.words\nprint(helper.words.__cached__, helper.words.HELLO)\n",
        ),
        ("helper/__init__.py", ""),
        ("helper/words.py", "HELLO = 'hello'\n"),
        ("broken.py", "def (:\n"),
        ("data.txt", "not Python\n"),
    ];
    let dir = tree(house.data.path(), &files);
    let compiled = house.sandbox.compile(&dir).await.expect("it compiles");
    let paths: Vec<&str> = compiled.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "__pycache__/__main__.cpython-311.pyc",
        "helper/__pycache__/__init__.cpython-311.pyc",
        "helper/__pycache__/words.cpython-311.pyc",
    ];
    assert_eq!(paths, expected, "what does not compile is left out");
    for (path, data) in &compiled {
        let file = dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, data).unwrap();
    }
    // The source is gone but for its name: only the byte code can say hello.
    std::fs::write(
        dir.join("helper/words.py"),
        "raise SystemExit('compiled again')\n",
    )
    .unwrap();
    let mut worker = house
        .start(WorkerSpec::plugin("compiled", dir, "__main__.py"))
        .await;
    assert_eq!(
        worker.rest().await,
        "/plugin/helper/__pycache__/words.cpython-311.pyc hello\n"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_breaks_the_compiler_breaks_nothing_else() {
    let house = House::open("bomb").await;
    let deep = format!("x = {}1{}\n", "(".repeat(50_000), ")".repeat(50_000));
    // The classic: two lines of source that become gigabytes of constants.
    let files = [
        ("a_deep.py", deep.as_str()),
        (
            "z_bomb.py",
            "x = ((1,) * 10 ** 4 * 0) or (0,) * 0\ny = 'a' * 10 ** 3\n",
        ),
    ];
    let dir = tree(house.data.path(), &files);
    match house.sandbox.compile(&dir).await {
        Ok(files) => assert!(files.iter().all(|(path, _)| path.contains("__pycache__"))),
        Err(error) => assert!(matches!(error, CompileError::Ended { .. }), "{error}"),
    }
    house.close().await;
}
