"""How often signing in asks the database: everybody does it in the first minutes."""


def test_signing_in_asks_the_same_few_times(client, school, fetch, asked):
    first = fetch().link
    assert asked("get", first)[0] == 2
    assert asked("post", first)[0] == 8  # with a new account

    client.post("/sign-out")
    again = fetch().link
    assert asked("get", again)[0] == 2
    assert asked("post", again)[0] == 7
    client.get("/")  # a process reads a session once
    assert asked("get", "/talks")[0] == 5
